"""The sheets by which a workbook recomputes a schedule: indexes, volumes, amounts, shares.

Each sheet's cells are formulas of the sheets before it, so that an index figure or a turnover that
is changed in the workbook moves what falls due. Where every cell stands is told by `Live`.
"""
