"""Units of other code lists in UCUM (Unified Code for Units of Measure, version 2.1).

A unit that is not in a table is kept as given, beside a reading without a UCUM unit, and is no unit
of a datastream that has another.
"""

from __future__ import annotations

_SAME_IN_SENML = (
    "m kg s A K cd mol Hz rad sr N Pa J W C V F S Wb T H Cel lm lx Bq Gy Sv kat m2 m3 m/s m/s2 m3/s"
    " W/m2 cd/m2 bit bit/s dB % 1/s 1/min S/m ms min h MHz kW kA V/m mV mA J/m hPa mm cm km km/h"
    " mm/h m/h"
)
SENML: dict[str, str] = {unit: unit for unit in _SAME_IN_SENML.split()} | {
    "g": "g", "Ohm": "Ohm", "l": "L", "l/s": "L/s", "lat": "deg", "lon": "deg", "pH": "[pH]",
    "dBW": "dB[W]", "dBm": "dB{mW}", "count": "1", "/": "1", "%RH": "%", "%EL": "%", "EL": "s",
    "beat/min": "{beat}/min", "beats": "{beat}", "VA": "V.A", "kVA": "kV.A", "var": "V.A{reactive}",
    "kvar": "kV.A{reactive}", "VAs": "V.A.s", "vars": "V.A.s{reactive}", "Ah": "A.h", "Wh": "W.h",
    "kWh": "kW.h", "varh": "V.A.h{reactive}", "kvarh": "kV.A.h{reactive}", "kVAh": "kV.A.h",
    "Wh/km": "W.h/km", "KiB": "KiBy", "B": "By", "GB": "GBy", "Mbit/s": "Mbit/s", "B/s": "By/s",
    "MB/s": "MBy/s", "degC": "Cel", "ppm": "[ppm]", "/100": "%", "/1000": "10*-3",
    "ug/m3": "ug/m3", "deg": "deg", "W/s": "W/s", "J/m": "J/m", "A/m": "A/m", "N/C": "N/C",
    "NTU": "{NTU}", "dBm/m": "dB{mW}/m",
}  # fmt: skip
"""SenML units (IANA registry of RFC 8428 and the secondary units of RFC 8798)."""

UNECE: dict[str, str] = {
    "GP": "mg/m3", "GQ": "ug/m3", "CEL": "Cel", "FAH": "[degF]", "KEL": "K", "P1": "%",
    "KWH": "kW.h", "WHR": "W.h", "WTT": "W", "KWT": "kW", "VLT": "V", "AMP": "A", "4K": "mA",
    "D46": "V.A", "KVA": "kV.A", "2N": "dB", "MTS": "m/s", "KMH": "km/h", "DD": "deg", "HTZ": "Hz",
    "LUX": "lx", "A97": "hPa", "PAL": "Pa", "59": "[ppm]", "MTR": "m", "CMT": "cm", "MMT": "mm",
    "C62": "1", "HUR": "h", "MIN": "min", "SEC": "s", "D54": "W/m2", "KPA": "kPa", "BAR": "bar",
    "MBR": "mbar", "MWH": "MW.h", "MAW": "MW", "KVT": "kV", "KVR": "kV.A{reactive}", "OHM": "Ohm",
    "LUM": "lm", "CDL": "cd", "KMT": "km", "LTR": "L", "MTQ": "m3", "MQH": "m3/h", "MQS": "m3/s",
    "KGM": "kg", "GRM": "g", "C26": "ms",
}  # fmt: skip
"""UN/CEFACT Recommendation 20 common codes, which NGSI writes as `unitCode`."""

_SPELLINGS: dict[str, str] = {
    "Cel": "°C ℃ ºC degC DegC deg_C deg.C Celsius celsius",
    "[degF]": "°F ℉ ºF degF DegF deg_F deg.F Fahrenheit fahrenheit",
    "K": "degK Kelvin kelvin",
    "%": "%RH RH% %rh percent Percent pct",
    "Pa": "pascal Pascal", "kPa": "kPa KPa", "hPa": "hPa", "MPa": "MPa",
    "bar": "bar Bar", "mbar": "mbar mBar", "[psi]": "psi PSI",
    "W": "watt watts Watt Watts", "kW": "KW kw", "MW": "MW",
    "W.h": "W.h Wh", "kW.h": "kW.h KWh kwh KWH", "MW.h": "MW.h MWh", "GW.h": "GW.h GWh",
    "V": "volt volts Volt Volts", "kV": "kV", "uV": "uV µV μV",
    "A": "amp amps Amp Amps", "uA": "uA µA μA", "Hz": "hz HZ",
    "Ohm": "Ω Ω ohm ohms", "kOhm": "kΩ kOhm",
    "ug/m3": "µg/m3 μg/m3 ug/m³ µg/m³ μg/m³", "mg/m3": "mg/m3 mg/m³", "[ppb]": "ppb",
    "m2": "m²", "m3": "m³", "m3/h": "m3/h m³/h", "m3/s": "m³/s", "L/min": "L/min l/min", "L": "L",
    "L/h": "L/h l/h", "L/s": "L/s", "W/m2": "W/m²", "m/s2": "m/s²", "uS/cm": "uS/cm µS/cm μS/cm",
    "km/h": "kph kmh", "[mi_i]/h": "mph", "{rev}/min": "rpm RPM", "lx": "lux Lux",
    "dB": "dBA dB(A)", "deg": "° degree degrees", "um": "um µm μm",
    "s": "sec secs second seconds", "min": "mins minute minutes",
    "h": "hr hrs hour hours", "d": "d day days",
}  # fmt: skip
ENGINEERING: dict[str, str] = SENML | {
    spelling: code for code, spellings in _SPELLINGS.items() for spelling in spellings.split()
}
"""Units as engineers write them, which Sparkplug has as `engUnit`: those of SenML among them."""


def is_same_unit(one: str, other: str) -> bool:
    """Whether two units are one, spelt as UCUM or as engineers do: ``°C`` and ``Cel``."""
    return ENGINEERING.get(one, one) == ENGINEERING.get(other, other)
