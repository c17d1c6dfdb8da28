"""The technologies that Canopy knows, with what is taken where a site states nothing.

The values are those of the United Kingdom. Each has a note of where it comes from and how
well that is founded; settings may override them. Levels are of the whole carrier unless a
technology reports the level of one resource element (RSRP).

Sources, by the names used in the notes:

- TS 36.101: 3GPP, Table 5.6-1 (LTE bandwidths and resource blocks).
- TS 38.101: 3GPP, Parts 1 and 2, Table 5.3.2-1 (NR bandwidths and resource blocks).
- TR 36.942: 3GPP, Release 13, Tables 4.6 and 4.8 (base station 46 dBm in 10 to 20 MHz and
  43 dBm in 5 MHz, terminal noise figure 9 dB), 4.2.1 (antenna 15 dBi with feeder), Annex A.1
  (throughput: 0.6 of Shannon's bound, none below -10 dB, at most 4.4 bit/s/Hz).
- Ofcom 800 MHz: "Decision to update the technical conditions of mobile licences in the 800
  MHz band", October 2021.
- Ofcom 6 GHz: statement on spectrum for Wi-Fi, July 2020.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from canopy.coverage.sites.technology import EirpLimit, Note, SiteDefaults, Standing, Technology
from canopy.errors import Refused

_ERP_TO_EIRP_DB = 2.15
"""Gain of a half-wave dipole over an isotropic antenna [dB] (ITU-R V.573)."""


def _carriers(default_mhz: float, blocks: Mapping[float, int]) -> tuple[tuple[float, float], ...]:
    """Bandwidths with their resource elements in frequency: 12 to a resource block."""
    rest = (wide for wide in blocks if wide != default_mhz)
    return tuple((wide, 12.0 * blocks[wide]) for wide in (default_mhz, *rest))


_LTE = {1.4: 6, 3.0: 15, 5.0: 25, 10.0: 50, 15.0: 75, 20.0: 100}
_NR_15_KHZ = {5.0: 25, 10.0: 52, 15.0: 79, 20.0: 106, 25.0: 133, 30.0: 160, 40.0: 216, 50.0: 270}
_NR_30_KHZ = {
    10.0: 24, 15.0: 38, 20.0: 51, 25.0: 65, 30.0: 78, 40.0: 106, 50.0: 133, 60.0: 162,
    70.0: 189, 80.0: 217, 90.0: 245, 100.0: 273,
}  # fmt: skip
_NR_120_KHZ = {50.0: 32, 100.0: 66, 200.0: 132, 400.0: 264}

_LTE_CARRIERS = Note(
    "reference_carriers",
    "published",
    "TS 36.101: RSRP is of one resource element, 12 to a resource block; the carrier's power "
    "is taken as spread evenly",
)
_NR_CARRIERS = Note(
    "reference_carriers",
    "recalled",
    "TS 38.101: SS-RSRP is of one resource element of the SSB, taken to be sent with the "
    "carrier's power spread evenly (no SSB boost)",
)
_TERMINAL_NOISE = Note("noise_figure_db", "published", "TR 36.942, Table 4.8: terminal 9 dB")
_LTE_THROUGHPUT = Note(
    "throughput", "published", "TR 36.942, Annex A.1: 0.6, -10 dB, 4.4 bit/s/Hz (downlink)"
)
_NR_THROUGHPUT = Note(
    "throughput",
    "recalled",
    "3GPP TR 38.803, 5.2.7: 0.6, -10 dB, cap at an SINR of 30 dB = 0.6 log2(1001) = 5.98 bit/s/Hz",
)
_LTE_THRESHOLD = Note(
    "threshold_dbm",
    "published",
    "Ofcom, Connected Nations: 4G outdoors from -105 dBm RSRP (as republished by ONS, September "
    "2022); Ofcom's newer checker asks for more",
)
_NR_THRESHOLD = Note(
    "threshold_dbm",
    "recalled",
    "Ofcom, Connected Nations: 5G with high confidence (about 80 %) from -110 dBm, very high "
    "(about 95 %) from -100 dBm, SS-RSRP",
)
_BAND = Note("band_mhz", "recalled", "downlink of the United Kingdom's licences")
_HEIGHTS = Note(
    "antenna_height_m",
    "assumption",
    "roof or mast 25 m as in TR 38.901 UMa; street furniture 8 m; LoRaWAN and Wi-Fi as told here",
)
_REACH = Note(
    "reach_m",
    "assumption",
    "far enough that the threshold is not met beyond it in a built-up area; open country may "
    "need more",
)
_RECEIVER = Note("receiver_height_m", "published", "TR 38.901, Table 7.4.1-1: terminal at 1.5 m")
_MACRO_EIRP = Note(
    "macro EIRP",
    "published",
    "TR 36.942: 46 dBm (10 to 20 MHz) with a 15 dBi antenna less feeder = 61 dBm; 43 dBm in 5 MHz",
)
_SMALL_EIRP = Note(
    "small-cell EIRP", "assumption", "10 W EIRP (40 dBm): an exclusion zone of a few metres"
)
_COMMON = (_BAND, _HEIGHTS, _REACH, _RECEIVER)

_BROAD_LIMIT = "in each 5 MHz, EIRP, by the operator's licence"


def _licence(
    eirp_dbm: float, standing: Standing, source: str
) -> tuple[tuple[EirpLimit, ...], Note]:
    limit = EirpLimit(eirp_dbm, 5.0, f"{eirp_dbm:g} dBm {_BROAD_LIMIT}")
    return (limit,), Note("EIRP limit", standing, f"{limit.text}: {source}")


_OFCOM_800 = "Ofcom 800 MHz (on request; 61 dBm before), aligned with the 700 MHz licences"
_700 = _licence(64.0, "published", _OFCOM_800)
_800 = _licence(64.0, "published", _OFCOM_800)
_PUBLIC_WIRELESS = (
    "Public Wireless Network licences after Ofcom's variation of July 2013; the figure was "
    "not read again"
)
_900 = _licence(65.0, "recalled", _PUBLIC_WIRELESS)
_1400 = _licence(68.0, "recalled", "Decision (EU) 2015/750; the British licence was not read")
_2600 = _licence(61.0, "recalled", "Ofcom's 2.6 GHz licences of 2013")
_3500 = _licence(65.0, "recalled", "Ofcom's 3.4 to 3.8 GHz licences; active antennas by TRP")


def _lte(
    number: int,
    band_mhz: tuple[float, float],
    frequency_mhz: float,
    bandwidth_mhz: float,
    licence: tuple[tuple[EirpLimit, ...], Note],
    reach_m: float,
) -> Technology:
    return Technology(
        technology_id=f"lte-{number}",
        name=f"4G LTE {number} MHz",
        generation="4g",
        reported="RSRP",
        band_mhz=band_mhz,
        frequency_mhz=frequency_mhz,
        bandwidth_mhz=bandwidth_mhz,
        carriers=_carriers(bandwidth_mhz, _LTE),
        macro=SiteDefaults(61.0, 25.0, reach_m),
        small_cell=SiteDefaults(40.0, 8.0, reach_m / 4),
        noise_figure_db=9.0,
        threshold_dbm=-105.0,
        shannon_share=0.6,
        least_sinr_db=-10.0,
        most_bps_per_hz=4.4,
        limits=licence[0],
        notes=(
            _LTE_THRESHOLD, _LTE_CARRIERS, _TERMINAL_NOISE, _LTE_THROUGHPUT, _MACRO_EIRP,
            _SMALL_EIRP, licence[1], *_COMMON,
        ),
    )  # fmt: skip


def _gsm(
    number: int, band_mhz: tuple[float, float], frequency_mhz: float, reach_m: float
) -> Technology:
    return Technology(
        technology_id=f"gsm-{number}",
        name=f"2G GSM {number} MHz",
        generation="2g",
        reported="RxLev",
        band_mhz=band_mhz,
        frequency_mhz=frequency_mhz,
        bandwidth_mhz=0.2,
        carriers=((0.2, 1.0),),
        macro=SiteDefaults(58.0, 25.0, reach_m),
        small_cell=SiteDefaults(40.0, 8.0, reach_m / 4),
        noise_figure_db=9.0,
        threshold_dbm=-81.0,
        shannon_share=0.5,
        least_sinr_db=9.0,
        most_bps_per_hz=2.37,
        limits=(EirpLimit(62.0, None, "62 dBm in each 200 kHz carrier, EIRP"),),
        notes=(
            Note("threshold_dbm", "recalled", "Ofcom, Connected Nations: 2G voice outdoors -81 "
                 "dBm; a GSM 900 licence obligation counted from -93 dBm"),
            Note("reference_carriers", "published", "RxLev is of the whole 200 kHz carrier"),
            Note("noise_figure_db", "assumption", "as for LTE terminals, TR 36.942, Table 4.8"),
            Note("throughput", "recalled", "least: 3GPP TS 45.005 co-channel reference 9 dB; cap: "
                 "EDGE, 8 slots of 59.2 kbit/s in 200 kHz = 2.37 bit/s/Hz; share 0.5 assumed"),
            Note("macro EIRP", "assumption", "20 W (43 dBm) and 15 dBi less feeder"),
            _SMALL_EIRP,
            Note("EIRP limit", "recalled", f"62 dBm: {_PUBLIC_WIRELESS}"),
            *_COMMON,
        ),
    )  # fmt: skip


def _umts(
    number: int, band_mhz: tuple[float, float], frequency_mhz: float, reach_m: float
) -> Technology:
    return Technology(
        technology_id=f"umts-{number}",
        name=f"3G UMTS {number} MHz",
        generation="3g",
        reported="RSCP",
        band_mhz=band_mhz,
        frequency_mhz=frequency_mhz,
        bandwidth_mhz=5.0,
        carriers=((5.0, 10.0),),
        macro=SiteDefaults(58.0, 25.0, reach_m),
        small_cell=SiteDefaults(40.0, 8.0, reach_m / 4),
        noise_figure_db=9.0,
        threshold_dbm=-100.0,
        shannon_share=0.5,
        least_sinr_db=-10.0,
        most_bps_per_hz=2.88,
        limits=_900[0],
        notes=(
            Note("threshold_dbm", "recalled", "Ofcom, Connected Nations: 3G outdoors -100 dBm"),
            Note("reference_carriers", "assumption", "RSCP is of the pilot (CPICH), which is given "
                 "a tenth of the carrier's power, the usual share"),
            _TERMINAL_NOISE,
            Note("throughput", "assumption", "0.5 of Shannon's bound from -10 dB, cap: HSDPA "
                 "category 10, 14.4 Mbit/s in 5 MHz = 2.88 bit/s/Hz"),
            _MACRO_EIRP, _SMALL_EIRP, _900[1], *_COMMON,
        ),
    )  # fmt: skip


def _nr(
    number: int,
    band_mhz: tuple[float, float],
    frequency_mhz: float,
    carriers: tuple[tuple[float, float], ...],
    macro: SiteDefaults,
    small_cell: SiteDefaults,
    limits: tuple[EirpLimit, ...],
    *notes: Note,
    noise_figure_db: float = 9.0,
) -> Technology:
    return Technology(
        technology_id=f"nr-{number}",
        name=f"5G NR {number} MHz",
        generation="5g",
        reported="SS-RSRP",
        band_mhz=band_mhz,
        frequency_mhz=frequency_mhz,
        bandwidth_mhz=carriers[0][0],
        carriers=carriers,
        macro=macro,
        small_cell=small_cell,
        noise_figure_db=noise_figure_db,
        threshold_dbm=-110.0,
        shannon_share=0.6,
        least_sinr_db=-10.0,
        most_bps_per_hz=5.98,
        limits=limits,
        notes=(_NR_THRESHOLD, _NR_CARRIERS, _NR_THROUGHPUT, *notes, *_COMMON),
    )


_WIFI_NOTES = (
    Note("threshold_dbm", "assumption", "-75 dBm RSSI: a few dB above what the lower rates of "
         "802.11 need; planners of voice ask for -67 dBm"),
    Note("reference_carriers", "published", "RSSI is of the whole channel"),
    Note("noise_figure_db", "assumption", "7 dB for a handheld client"),
)  # fmt: skip


def _wifi(
    number: int,
    band_mhz: tuple[float, float],
    frequency_mhz: float,
    bandwidths_mhz: tuple[float, ...],
    eirp_dbm: float,
    most_bps_per_hz: float,
    limits: tuple[EirpLimit, ...],
    *notes: Note,
) -> Technology:
    return Technology(
        technology_id=f"wifi-{number}",
        name=f"Wi-Fi {number / 1000:.2g} GHz",
        generation="wifi",
        reported="RSSI",
        band_mhz=band_mhz,
        frequency_mhz=frequency_mhz,
        bandwidth_mhz=bandwidths_mhz[0],
        carriers=tuple((wide, 1.0) for wide in bandwidths_mhz),
        macro=SiteDefaults(eirp_dbm, 15.0, 500.0),
        small_cell=SiteDefaults(eirp_dbm, 6.0, 300.0),
        noise_figure_db=7.0,
        threshold_dbm=-75.0,
        shannon_share=0.6,
        least_sinr_db=5.0,
        most_bps_per_hz=most_bps_per_hz,
        limits=limits,
        notes=(*_WIFI_NOTES, *notes, *_COMMON),
    )


def _milliwatts(mw: float, *, erp: bool = False) -> float:
    """A limit in milliwatts as EIRP [dBm]."""
    return 10 * math.log10(mw) + (_ERP_TO_EIRP_DB if erp else 0.0)


_LORA = Technology(
    technology_id="lorawan-868",
    name="LoRaWAN 868 MHz",
    generation="lorawan",
    reported="RSSI",
    band_mhz=(863.0, 870.0),
    frequency_mhz=868.1,
    bandwidth_mhz=0.125,
    carriers=((0.125, 1.0), (0.25, 1.0)),
    macro=SiteDefaults(_milliwatts(25, erp=True), 25.0, 15_000.0),
    small_cell=SiteDefaults(_milliwatts(25, erp=True), 8.0, 5_000.0),
    noise_figure_db=6.0,
    threshold_dbm=-126.0,
    shannon_share=0.14,
    least_sinr_db=-20.0,
    most_bps_per_hz=0.0438,
    limits=(
        EirpLimit(_milliwatts(25, erp=True), None, "25 mW ERP in 868.0 to 868.6 MHz, 1 % duty"),
        EirpLimit(_milliwatts(500, erp=True), None, "500 mW ERP in 869.4 to 869.65 MHz, 10 % duty"),
    ),
    notes=(
        Note("threshold_dbm", "assumption", "spreading factor 12 is received from -136 dBm "
             "(SX1276 data sheet, 125 kHz, recalled), with 10 dB in hand"),
        Note("reference_carriers", "published", "RSSI is of the whole channel"),
        Note("noise_figure_db", "assumption", "6 dB"),
        Note("throughput", "derived", "SF12: 250 bit/s in 125 kHz at -20 dB is 0.14 of log2(1.01); "
             "cap: SF7, 5.47 kbit/s in 125 kHz = 0.0438 bit/s/Hz"),
        Note("site EIRP", "derived", "the limit of the common sub-band; ERP is 2.15 dB less than "
             "EIRP, so 25 mW ERP (14 dBm) is 16.1 dBm EIRP"),
        Note("EIRP limit", "recalled", "Ofcom IR 2030: 25 mW ERP in 868.0 to 868.6 MHz (1 % duty), "
             "500 mW ERP in 869.40 to 869.65 MHz (10 % duty)"),
        *_COMMON,
    ),
)  # fmt: skip

_AAS = Note(
    "site EIRP",
    "assumption",
    "macro: 200 W shared over the carrier with a broadcast beam of about 17 dBi; small cell: "
    "10 W EIRP",
)

_ALL = (
    _gsm(900, (925.0, 960.0), 942.5, 15_000.0),
    _gsm(1800, (1805.0, 1880.0), 1842.5, 8_000.0),
    _umts(900, (925.0, 960.0), 942.5, 12_000.0),
    _umts(2100, (2110.0, 2170.0), 2140.0, 6_000.0),
    _lte(700, (738.0, 788.0), 773.0, 10.0, _700, 12_000.0),
    _lte(800, (791.0, 821.0), 806.0, 10.0, _800, 12_000.0),
    _lte(1400, (1452.0, 1492.0), 1472.0, 20.0, _1400, 8_000.0),
    _lte(1800, (1805.0, 1880.0), 1842.5, 20.0, _900, 8_000.0),
    _lte(2100, (2110.0, 2170.0), 2140.0, 10.0, _900, 6_000.0),
    _lte(2600, (2570.0, 2690.0), 2655.0, 20.0, _2600, 5_000.0),
    _nr(
        700, (738.0, 788.0), 773.0, _carriers(10.0, _NR_15_KHZ),
        SiteDefaults(61.0, 25.0, 12_000.0), SiteDefaults(40.0, 8.0, 3_000.0), _700[0],
        _TERMINAL_NOISE, _MACRO_EIRP, _SMALL_EIRP, _700[1],
    ),
    _nr(
        3500, (3410.0, 3800.0), 3600.0, _carriers(100.0, _NR_30_KHZ),
        SiteDefaults(70.0, 25.0, 5_000.0), SiteDefaults(40.0, 8.0, 1_250.0), _3500[0],
        _TERMINAL_NOISE, _AAS, _3500[1],
    ),
    _nr(
        26000, (24_250.0, 27_500.0), 26_500.0, _carriers(100.0, _NR_120_KHZ),
        SiteDefaults(58.0, 25.0, 1_000.0), SiteDefaults(50.0, 8.0, 500.0), (),
        Note("noise_figure_db", "recalled", "3GPP TR 38.803: terminal 10 dB at 30 GHz"),
        Note("site EIRP", "assumption", "beams of 25 to 30 dBi over 30 to 33 dBm (macro), less on "
             "street furniture"),
        Note("EIRP limit", "assumption", "none is known here: licences limit radiated power (TRP), "
             "so nothing is warned about"),
        noise_figure_db=10.0,
    ),
    _wifi(
        2400, (2400.0, 2483.5), 2442.0, (20.0, 40.0), 20.0, 3.25,
        (EirpLimit(20.0, None, "100 mW EIRP"),),
        Note("throughput", "recalled", "802.11n, one stream: 65 Mbit/s in 20 MHz; least SINR and "
             "share assumed"),
        Note("site EIRP", "assumption", "at the limit"),
        Note("EIRP limit", "recalled", "Ofcom IR 2030: 100 mW EIRP"),
    ),
    _wifi(
        5000, (5150.0, 5850.0), 5600.0, (80.0, 20.0, 40.0, 160.0), 30.0, 4.39,
        (
            EirpLimit(_milliwatts(200), None, "200 mW EIRP in 5150 to 5350 MHz indoors and 5725 "
                      "to 5850 MHz"),
            EirpLimit(30.0, None, "1 W EIRP in 5470 to 5725 MHz with transmit power control"),
        ),
        Note("throughput", "recalled", "802.11ac, one stream: 351 Mbit/s in 80 MHz; least SINR and "
             "share assumed"),
        Note("site EIRP", "assumption", "outdoor access point at the limit of 5470 to 5725 MHz"),
        Note("EIRP limit", "recalled", "Ofcom IR 2006: 200 mW in the indoor band, 1 W in 5470 to "
             "5725 MHz"),
    ),
    _wifi(
        6000, (5925.0, 6425.0), 6175.0, (80.0, 20.0, 40.0, 160.0, 320.0), 14.0, 7.5,
        (
            EirpLimit(_milliwatts(25), None, "25 mW EIRP, very low power, also outdoors"),
            EirpLimit(_milliwatts(250), None, "250 mW EIRP, low power, indoors only"),
        ),
        Note("throughput", "recalled", "802.11ax, one stream: 600 Mbit/s in 80 MHz; least SINR and "
             "share assumed"),
        Note("site EIRP", "derived", "the outdoor limit, 25 mW"),
        Note("EIRP limit", "published", "Ofcom 6 GHz: 250 mW indoors; very low power outdoors "
             "(25 mW recalled)"),
    ),
    _LORA,
)  # fmt: skip

TECHNOLOGIES: Mapping[str, Technology] = MappingProxyType(
    {each.technology_id: each for each in _ALL}
)
"""Every technology by its id."""


def technology(technology_id: str) -> Technology:
    """The technology of that id; Refused, with the ids there are, for another."""
    found = TECHNOLOGIES.get(technology_id)
    if found is None:
        raise Refused(
            f"{technology_id[:60]!r} is no technology here; there are {', '.join(TECHNOLOGIES)}"
        )
    return found
