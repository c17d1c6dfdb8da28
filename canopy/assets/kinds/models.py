"""The attributes of each kind of asset, typed, with unit, range and sensitivity.

Sources: the attribute lists of the GOV.UK guidance *Mapping public sector assets* (2018),
published council registers (Camden street lighting, Cheltenham land and assets, Trafford
CCTV), FIWARE Smart Data Models (Streetlight), the Open Fibre Data Standard 0.3, and the
attachment conditions of Essex, North Northamptonshire and Westminster. Field levels
follow the idea of PAS 183 access rights. A lamppost's column height, a mast's height and
a roof's height above ground are the common column ``height_m``, and are not repeated here.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from canopy.assets.kinds.fields import AssetAttributes, known

Text = Annotated[str, Field(max_length=2_000)]
Condition = Literal["pass", "monitor", "fail"]
Texts = tuple[Annotated[str, Field(max_length=200)], ...]


class Attachment(BaseModel):
    """Equipment fixed to an asset."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    owner: str | None = None
    kind: str | None = None
    mass_kg: float | None = Field(default=None, ge=0, le=2_000)
    area_m2: float | None = Field(default=None, ge=0, le=50)
    power_w: float | None = Field(default=None, ge=0, le=20_000)
    height_m: float | None = Field(default=None, ge=0, le=400)
    licence_ref: str | None = None
    expires_on: date | None = None


class Encumbrance(BaseModel):
    """A right that somebody holds over an asset."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["wayleave", "exclusivity", "attachment", "lease", "covenant", "other"]
    holder: str | None = None
    from_on: date | None = None
    until_on: date | None = None
    note: str | None = None


class CommonAttributes(AssetAttributes):
    """Facts any asset may have that are not columns of their own."""

    address: Text | None = known(
        "Postal address or description of the place",
        headings="address|site address|full address|property address|location description",
    )
    site_name: Text | None = known(
        "Name of the site the asset belongs to", headings="site|site name|property name"
    )
    ground_m_aod: float | None = known(
        "Ground level above Ordnance Datum",
        unit="m",
        ge=-10,
        le=1345,
        headings="ground level|ground height|elevation|altitude",
    )
    tenure: Literal["freehold", "leasehold", "licence", "other"] | None = known(
        "How the council holds the asset",
        headings="tenuretype|tenure type|tenure|interest",
    )
    tenure_detail: Text | None = known(
        "What the register says of the holding", headings="tenure detail|occupation|interest detail"
    )
    tenure_expires_on: date | None = known(
        "When the council's own interest ends", headings="tenure expiry|lease end"
    )
    holding_type: Text | None = known(
        "Use the register gives the holding", headings="holding type|holding|asset type|use class"
    )
    adopted_highway: bool | None = known(
        "Whether the asset stands on adopted highway", headings="adopted|adopted highway"
    )
    condition: int | None = known(
        "Condition grade, 1 best to 5 worst", ge=1, le=5, headings="condition|condition grade"
    )
    inspected_on: date | None = known(
        "Last inspection", headings="last inspection|inspected|date inspected|inspection date"
    )
    next_inspection_on: date | None = known(
        "Next inspection due", headings="next inspection|inspection due|next due"
    )
    installed_on: date | None = known(
        "Installation date",
        headings="installed|install date|installation date|installed date|date installed|erected",
    )
    installed_year: int | None = known(
        "Year of installation",
        ge=1850,
        le=2100,
        headings="year installed|install year|year|installation year|year built",
    )
    external_id: Text | None = known(
        "Identifier in another system",
        headings="objectid|gid|globalid|external id|system id|asset number",
    )
    power_spare_va: float | None = known(
        "Spare capacity of the supply",
        unit="VA",
        level="operator",
        ge=0,
        le=2_000_000,
        headings="spare power|spare va",
    )
    dno: Text | None = known("Distribution network operator", headings="dno|network operator")
    mpan: Text | None = known(
        "Supply number", level="estates", headings="mpan|supply number|meter point"
    )
    encumbrances: tuple[Encumbrance, ...] | None = known(
        "Rights others hold over the asset", level="estates"
    )
    access_note: Text | None = known(
        "How to reach the asset",
        level="estates",
        headings="access|access notes|access arrangements",
    )
    access_code: Text | None = known(
        "Door, key or lift code",
        level="estates",
        headings="access code|key code|door code|key type",
    )
    vulnerable_site: Literal["hospital", "police", "school", "other"] | None = known(
        "Whether the asset stands at a site that needs care",
        level="operator",
        headings="vulnerable site|sensitive site",
    )
    comment: Text | None = known(
        "Remarks of the register",
        level="estates",
        headings="comment|comments|notes|note|remarks|description",
    )
    register_updated_on: date | None = known(
        "When the register last touched the record",
        headings="last uploaded|last updated|updated|date updated|last edited|modified",
    )


class Lamppost(CommonAttributes):
    """Lighting column, wall light or uplighter."""

    column_type: (
        Literal["lighting_column", "wall_light", "uplighter", "bollard", "other"] | None
    ) = known("Form of the lighting point", headings="column type|unit type|lamp column type|type")
    material: (
        Literal["steel", "aluminium", "concrete", "cast_iron", "wood", "grp", "composite", "other"]
        | None
    ) = known("Material of the column", headings="material|column material|col material")
    design_life_y: float | None = known("Design life", unit="yr", gt=0, le=100)
    structural_test_on: date | None = known(
        "Last structural test",
        level="estates",
        headings="structural test|structural test date|last structural test|test date",
    )
    structural_result: Condition | None = known(
        "Result of the structural test",
        level="operator",
        headings="structural result|test result|structural test result",
    )
    spare_moment_knm: float | None = known(
        "Spare bending moment at the base", unit="kNm", level="operator", ge=0, le=200
    )
    spare_windage_m2: float | None = known(
        "Area that may still be attached", unit="m²", level="operator", ge=0, le=10
    )
    spare_mass_kg: float | None = known(
        "Mass that may still be attached", unit="kg", level="operator", ge=0, le=500
    )
    door_size_mm: Text | None = known("Door opening, height × width in mm", level="operator")
    cutout_a: float | None = known("Cut-out rating", unit="A", ge=1, le=100)
    lamp_w: float | None = known(
        "Lamp or circuit power",
        unit="W",
        ge=0,
        le=2_000,
        headings="wattage|lamp wattage|watts|lamp watts|watt|lamp w|lamp power|circuit watts",
    )
    lamp_tech: Text | None = known(
        "Lamp technology", headings="lamp type|lamp|light source|lamp technology|lantern type"
    )
    lantern: Text | None = known("Lantern model", headings="lantern|luminaire|lantern model")
    cms_node: Text | None = known(
        "Node of the control system", level="estates", headings="cms node|cms|node id|telecell"
    )
    switch_regime: Text | None = known(
        "When the supply or lamp is switched",
        headings="switch regime|switching regime|burning hours|regime|photocell",
    )
    heritage: bool | None = known(
        "Whether the column is a heritage design", headings="heritage|heritage column|ornate"
    )
    feeder_pillar: Text | None = known(
        "Feeder pillar that supplies it", headings="feeder pillar|pillar|feeder pillar ref"
    )
    footway_width_m: float | None = known("Footway width", unit="m", ge=0, le=50)
    offset_from_kerb_m: float | None = known(
        "Distance from the carriageway's edge",
        unit="m",
        ge=0,
        le=50,
        headings="setback|offset from kerb|kerb offset",
    )
    attachments: tuple[Attachment, ...] | None = known("What is fixed to it", level="operator")


class Building(CommonAttributes):
    """Building of the council; its common `height_m` is the height of the roof above ground."""

    storeys: int | None = known(
        "Storeys above ground",
        ge=0,
        le=120,
        headings="storeys|floors|number of storeys|no of floors",
    )
    floor_area_m2: float | None = known(
        "Gross internal area",
        unit="m²",
        ge=0,
        le=2_000_000,
        headings="floor area|gia|floor area m2|gross internal area",
    )
    use: Text | None = known("Use of the building", headings="use|building use|usage|function")
    residential_units: int | None = known(
        "Homes in the building", ge=0, le=5_000, headings="residential units|dwellings|units|flats"
    )
    redevelopment_on: date | None = known("When redevelopment is planned", level="planner")
    three_phase: bool | None = known("Three-phase supply", level="operator", headings="three phase")
    asbestos: bool | None = known("Asbestos register entry", level="estates", headings="asbestos")
    cladding_ews1: Text | None = known("EWS1 rating", level="estates", headings="ews1|cladding")
    listed_grade: Literal["I", "II*", "II"] | None = known(
        "Listing grade", headings="listed|listing|listed grade|grade"
    )


class Rooftop(Building):
    """Roof that may host antennas; its common `height_m` is above ground."""

    roof_type: Literal["flat", "pitched", "mansard", "plant_room", "tower", "other"] | None = known(
        "Form of the roof", headings="roof type|roof|roof form"
    )
    roof_area_m2: float | None = known(
        "Area of the roof", unit="m²", ge=0, le=500_000, headings="roof area|roof area m2"
    )
    clutter_height_250m_m: float | None = known(
        "Mean roof height within 250 m", unit="m", ge=0, le=300
    )
    parapet_m: float | None = known(
        "Height of the parapet", unit="m", ge=0, le=5, headings="parapet"
    )
    load_kpa: float | None = known(
        "Load the roof may carry",
        unit="kPa",
        level="operator",
        ge=0,
        le=50,
        headings="roof loading|loading kpa",
    )
    plant_room: bool | None = known("Plant room on the roof", headings="plant room")
    lightning_protection: bool | None = known("Lightning protection", headings="lightning")
    access_hours: Text | None = known(
        "When the roof can be reached", level="operator", headings="access hours|hours of access"
    )
    icnirp_exclusion_zone_m: float | None = known(
        "Public exclusion zone declared", unit="m", level="operator", ge=0, le=100
    )
    existing_operators: Texts | None = known("Operators on the roof", level="operator")
    code_agreement: bool | None = known("Electronic Communications Code agreement", level="estates")
    roof_repair_due_on: date | None = known("When the roof is to be repaired", level="estates")


class Duct(CommonAttributes):
    """Underground duct."""

    from_node: Text | None = known(
        "Chamber it starts at",
        level="operator",
        headings="from node|from|start node|from chamber|start chamber|us node",
    )
    to_node: Text | None = known(
        "Chamber it ends at",
        level="operator",
        headings="to node|to|end node|to chamber|end chamber|ds node",
    )
    length_m: float | None = known(
        "Length along the route",
        unit="m",
        level="operator",
        gt=0,
        le=500_000,
        headings="length|length m|duct length|shape length|route length",
    )
    bores: int | None = known(
        "Number of bores",
        level="operator",
        ge=1,
        le=24,
        headings="bores|ways|no of ways|bore count|number of bores",
    )
    bore_diameter_mm: float | None = known(
        "Inner diameter of a bore",
        unit="mm",
        level="operator",
        ge=20,
        le=200,
        headings="bore diameter|diameter|duct size|size mm|diameter mm|bore mm",
    )
    subducts: int | None = known(
        "Sub-ducts inside", level="operator", ge=0, le=100, headings="subducts|sub ducts"
    )
    duct_material: Literal["pvc", "hdpe", "steel", "clay", "other"] | None = known(
        "Material of the duct", level="operator", headings="material|duct material"
    )
    cover_depth_m: float | None = known(
        "Depth of cover",
        unit="m",
        level="operator",
        ge=0,
        le=10,
        headings="depth|cover|depth m|cover depth",
    )
    occupied_pct: float | None = known(
        "Share of the bore area that is taken",
        unit="%",
        level="operator",
        ge=0,
        le=100,
        headings="occupancy|occupied|occupancy pct|occupied %|utilisation",
    )
    rodded_on: date | None = known(
        "When it was last proved", level="operator", headings="rodded|rodded on|last rodded"
    )
    rod_result: Literal["pass", "blocked"] | None = known(
        "Result of proving", level="operator", headings="rod result"
    )
    rope_left: bool | None = known("Draw rope left in", level="operator", headings="rope|draw rope")
    duct_use: Text | None = known("What it was laid for", headings="use|owner use|purpose|duct use")
    surface: Text | None = known("Surface above", headings="surface|surface type")
    nuar_uploaded_on: date | None = known("When NUAR was last sent it", level="planner")


class Chamber(CommonAttributes):
    """Chamber or manhole on a duct route."""

    cover_class: Literal["A15", "B125", "C250", "D400", "E600", "F900"] | None = known(
        "Load class of the cover (BS EN 124)",
        level="operator",
        headings="cover class|load class|cover type",
    )
    size_mm: Text | None = known(
        "Size, length × width in mm", level="operator", headings="size|chamber size|size mm"
    )
    depth_m: float | None = known(
        "Depth", unit="m", level="operator", ge=0, le=15, headings="depth|depth m|chamber depth"
    )
    joint_space: bool | None = known("Room for a joint", level="operator", headings="joint space")
    flooded: bool | None = known("Found flooded", level="operator", headings="flooded")
    carriageway: bool | None = known("In the carriageway", headings="carriageway|in carriageway")
    node_type: Text | None = known(
        "Type of network node", level="operator", headings="node type|type"
    )


class Fibre(CommonAttributes):
    """Fibre cable route."""

    from_node: Text | None = known(
        "Node it starts at", level="operator", headings="from node|start|start node"
    )
    to_node: Text | None = known(
        "Node it ends at", level="operator", headings="to node|end|end node"
    )
    length_m: float | None = known(
        "Length of the cable",
        unit="m",
        level="operator",
        gt=0,
        le=5_000_000,
        headings="length|length m|fibre length|cable length|fibrelength",
    )
    fibre_count: int | None = known(
        "Fibres in the cable",
        level="operator",
        ge=1,
        le=6_912,
        headings="fibre count|fibres|fiber count|cores|fibrecount",
    )
    fibres_dark: int | None = known(
        "Unlit fibres", level="operator", ge=0, le=6_912, headings="dark fibres|spare fibres"
    )
    fibre_type: Text | None = known(
        "Standard of the fibre", level="operator", headings="fibre type|fibretype|fiber type"
    )
    deployment: Literal["belowGround", "aboveGround", "both"] | None = known(
        "Where the cable runs", headings="deployment"
    )
    dark_fibre: bool | None = known(
        "Whether it is dark fibre", level="operator", headings="darkfibre|dark fibre"
    )
    capacity_gbit_s: float | None = known(
        "Lit capacity", unit="Gbit/s", level="operator", ge=0, le=1_000_000, headings="capacity"
    )


class Cctv(CommonAttributes):
    """CCTV camera and the column it stands on."""

    camera_type: Literal["ptz", "fixed", "dome", "anpr", "other"] | None = known(
        "Type of camera", level="operator", headings="camera type|type|camera"
    )
    fov_deg: float | None = known(
        "Field of view", unit="°", level="admin", ge=0, le=360, headings="fov|field of view"
    )
    recording_controller: Text | None = known(
        "Who holds the recordings", level="admin", headings="recorder|controller|control room"
    )
    link: Text | None = known(
        "How pictures travel", level="admin", headings="link|transmission|connection|backhaul link"
    )
    public_space: bool | None = known("Watches public space", headings="public space")
    dpia_ref: Text | None = known(
        "Data protection impact assessment", level="planner", headings="dpia|dpia ref"
    )
    area_name: Text | None = known(
        "Area the camera watches over, as signed", headings="area|area name|zone|town"
    )
    area_code: Text | None = known("Code of that area", headings="area code|ward code")
    place_note: Text | None = known(
        "Where the camera stands, in words",
        level="operator",
        headings="location|camera location|position",
    )


class SmallCellSite(CommonAttributes):
    """Existing or planned small cell."""

    host_asset: Text | None = known(
        "Ref of the asset that hosts it",
        level="operator",
        headings="host|host asset|host ref|column ref|host column|lamp column",
    )
    operator: Text | None = known(
        "Operator of the cell", level="operator", headings="operator|mno|network"
    )
    technologies: Texts | None = known(
        "Technologies, such as 4G, 5G", headings="technology|tech|technologies|rat"
    )
    bands_mhz: Text | None = known(
        "Frequency bands in MHz", level="operator", headings="band|bands|bands mhz|frequency"
    )
    eirp_dbm: float | None = known(
        "Radiated power (EIRP)",
        unit="dBm",
        level="operator",
        ge=-30,
        le=80,
        headings="eirp|eirp dbm",
    )
    antenna_height_m: float | None = known(
        "Antenna height above ground",
        unit="m",
        ge=0,
        le=400,
        headings="antenna height|antenna height m",
    )
    azimuth_deg: float | None = known(
        "Azimuth from grid north",
        unit="°",
        level="operator",
        ge=0,
        le=360,
        headings="azimuth|bearing",
    )
    tilt_deg: float | None = known(
        "Downtilt", unit="°", level="operator", ge=-90, le=90, headings="tilt|downtilt"
    )
    volume_l: float | None = known(
        "Volume of the equipment", unit="l", ge=0, le=20_000, headings="volume|volume l"
    )
    mass_kg: float | None = known(
        "Mass of the equipment", unit="kg", ge=0, le=2_000, headings="weight|weight kg|mass"
    )
    power_w: float | None = known(
        "Power drawn",
        unit="W",
        level="operator",
        ge=0,
        le=20_000,
        headings="power w|power draw|watts",
    )
    live_on: date | None = known(
        "When it went live", headings="live|live date|go live|on air|live on"
    )
    licence_ref: Text | None = known(
        "Licence it stands under", level="estates", headings="licence ref|agreement|licence"
    )


class Mast(SmallCellSite):
    """Mast or tower; its common `height_m` is the structure's height above ground."""

    structure: Literal["lattice", "monopole", "guyed", "rooftop", "other"] | None = known(
        "Form of the structure", headings="structure|structure type|mast type|type"
    )
    operators: Texts | None = known(
        "Operators on the mast", level="operator", headings="operators|tenants"
    )
    landlord_rent_review_on: date | None = known(
        "Next rent review", level="estates", headings="rent review"
    )


class OpenSpace(CommonAttributes):
    """Park, green, square or other open land."""

    area_m2: float | None = known(
        "Area", unit="m²", gt=0, le=1e9, headings="area|area m2|size|shape area|hectares"
    )
    designation: Text | None = known(
        "Designation of the land", headings="designation|typology|category|type"
    )
    covenants: Text | None = known("Covenants on the land", level="estates", headings="covenants")
    events_power: bool | None = known("Power for events", headings="events power")
    charity_land: bool | None = known("Held on charitable trust", headings="charity land|trust")


class StreetFurniture(CommonAttributes):
    """Shelter, sign, bollard, kiosk or the like."""

    furniture_type: (
        Literal[
            "bus_shelter", "sign", "bollard", "kiosk", "bench", "bin", "planter", "totem", "other"
        ]
        | None
    ) = known("What it is", headings="type|furniture type|item|asset type|category")
    ad_contract_holder: Text | None = known(
        "Holder of the advertising contract", headings="ad contract|advertising contract|contractor"
    )


class Cabinet(CommonAttributes):
    """Cabinet or feeder pillar."""

    cabinet_type: Literal["feeder_pillar", "traffic_signal", "telecoms", "cctv", "other"] | None = (
        known("What it serves", headings="type|cabinet type")
    )
    volume_m3: float | None = known("Volume", unit="m³", ge=0, le=100, headings="volume|volume m3")
    base_area_m2: float | None = known(
        "Ground area", unit="m²", ge=0, le=50, headings="base area|footprint"
    )
    rack_free_u: float | None = known(
        "Free rack units", unit="U", level="operator", ge=0, le=200, headings="rack free|free u"
    )
    power_max_kw: float | None = known(
        "Power by contract",
        unit="kW",
        level="operator",
        ge=0,
        le=5_000,
        headings="max power|kw|power kw|max kw",
    )
    cooling: bool | None = known("Cooled", headings="cooling")
    ip_rating: Text | None = known("Ingress protection", headings="ip rating|ip")


class WifiAp(CommonAttributes):
    """Public Wi-Fi access point."""

    model: Text | None = known("Model", headings="model|ap model")
    ssid: Text | None = known("Network name", headings="ssid|network name")
    bands_ghz: Text | None = known("Bands in GHz", headings="band|bands|bands ghz")
    radio_tx_dbm: float | None = known(
        "Transmit power", unit="dBm", level="operator", ge=-30, le=40, headings="tx power|radio tx"
    )
    poe_w: float | None = known(
        "Power over Ethernet drawn", unit="W", ge=0, le=200, headings="poe|poe w"
    )
    users_peak: int | None = known(
        "Most users at once", ge=0, le=100_000, headings="peak users|users peak|users"
    )
    free_minutes: float | None = known(
        "Free use a day", unit="min", ge=0, le=1_440, headings="free minutes"
    )
