import pytest
@pytest.mark.parametrize("i", range(5))
def test_it(database, i):
    with database.writing() as s: pass
def test_niger(new_database):
    assert new_database("EPSG:32631").srid == 32631
def test_g(gpkg_database): pass
def test_p(postgis_database): pass
