"""The units that answers may have: what each is in terms of the seven base units of the SI."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from lms.assessment.rules.units import ZEROS, read_unit

__all__ = ["Unit", "find_unit", "meant_units"]

#: metre, kilogram, second, ampere, kelvin, mole, candela
Dimension = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: its size in base units, the powers of the base units, and what 0 of it is where that is not 0."""

    factor: Fraction
    dimension: Dimension
    zero: Fraction = Fraction(0)


_PREFIXES = {
    "y": -24,
    "z": -21,
    "a": -18,
    "f": -15,
    "p": -12,
    "n": -9,
    "u": -6,
    "mu": -6,
    "m": -3,
    "c": -2,
    "d": -1,
    "da": 1,
    "h": 2,
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
    "P": 15,
    "E": 18,
    "Z": 21,
    "Y": 24,
}


def _unit(factor: str, **powers: int) -> Unit:
    names = ("m", "kg", "s", "A", "K", "mol", "cd")
    return Unit(Fraction(factor), tuple(powers.get(name, 0) for name in names))


_ENERGY = {"m": 2, "kg": 1, "s": -2}
_PRESSURE = {"m": -1, "kg": 1, "s": -2}
#: Units that take a prefix.
_PREFIXED = {
    "m": _unit("1", m=1),
    "g": _unit("1/1000", kg=1),
    "s": _unit("1", s=1),
    "A": _unit("1", A=1),
    "K": _unit("1", K=1),
    "mol": _unit("1", mol=1),
    "cd": _unit("1", cd=1),
    "l": _unit("1/1000", m=3),
    "L": _unit("1/1000", m=3),
    "t": _unit("1000", kg=1),
    "h": _unit("3600", s=1),
    "Hz": _unit("1", s=-1),
    "Bq": _unit("1", s=-1),
    "N": _unit("1", m=1, kg=1, s=-2),
    "Pa": _unit("1", **_PRESSURE),
    "J": _unit("1", **_ENERGY),
    "cal": _unit("4.184", **_ENERGY),
    "Cal": _unit("4184", **_ENERGY),
    "eV": _unit("1.602176634e-19", **_ENERGY),
    "W": _unit("1", m=2, kg=1, s=-3),
    "Wh": _unit("3600", **_ENERGY),
    "VA": _unit("1", m=2, kg=1, s=-3),
    "C": _unit("1", A=1, s=1),
    "V": _unit("1", m=2, kg=1, s=-3, A=-1),
    "ohm": _unit("1", m=2, kg=1, s=-3, A=-2),
    "F": _unit("1", m=-2, kg=-1, s=4, A=2),
    "S": _unit("1", m=-2, kg=-1, s=3, A=2),
    "Wb": _unit("1", m=2, kg=1, s=-2, A=-1),
    "T": _unit("1", kg=1, s=-2, A=-1),
    "H": _unit("1", m=2, kg=1, s=-2, A=-2),
    "Gy": _unit("1", m=2, s=-2),
    "Ci": _unit("37000000000", s=-1),
    "Sv": _unit("1", m=2, s=-2),
    "rem": _unit("1/100", m=2, s=-2),
    "lm": _unit("1", cd=1),
    "lx": _unit("1", cd=1, m=-2),
    "M": _unit("1000", mol=1, m=-3),
    "kat": _unit("1", mol=1, s=-1),
    "bar": _unit("100000", **_PRESSURE),
    "rad": _unit("1"),
    "sr": _unit("1"),
    "pc": _unit("3.0856775814913673e16", m=1),
}
_PLAIN = {
    "min": _unit("60", s=1),
    "hr": _unit("3600", s=1),
    "day": _unit("86400", s=1),
    "year": _unit("31557600", s=1),
    "in": _unit("0.0254", m=1),
    "ft": _unit("0.3048", m=1),
    "yd": _unit("0.9144", m=1),
    "mi": _unit("1609.344", m=1),
    "nmi": _unit("1852", m=1),
    "mph": _unit("0.44704", m=1, s=-1),
    "au": _unit("149597870700", m=1),
    "ha": _unit("10000", m=2),
    "acre": _unit("4046.8564224", m=2),
    "cc": _unit("1/1000000", m=3),
    "gal": _unit("0.003785411784", m=3),
    "mbarn": _unit("1e-31", m=2),
    "lb": _unit("0.45359237", kg=1),
    "lbf": _unit("4.4482216152605", m=1, kg=1, s=-2),
    "u": _unit("1.6605390666e-27", kg=1),
    "amu": _unit("1.6605390666e-27", kg=1),
    "Da": _unit("1.6605390666e-27", kg=1),
    "atm": _unit("101325", **_PRESSURE),
    "Torr": _unit("101325/760", **_PRESSURE),
    "mmHg": _unit("133.322387415", **_PRESSURE),
    "psi": _unit("6894.757293168", **_PRESSURE),
    "Btu": _unit("1055.05585262", **_ENERGY),
    "hp": _unit("745.69987158227022", m=2, kg=1, s=-3),
    "rev": _unit("1"),
    "Np": _unit("1"),
    "deg": _unit("0.017453292519943295769"),
    "dpt": _unit("1", m=-1),
    "erg": _unit("1e-7", **_ENERGY),
    "dyn": _unit("1e-5", m=1, kg=1, s=-2),
    "rpm": _unit("1/60", s=-1),
    "rps": _unit("1", s=-1),
    "kp": _unit("9.80665", m=1, kg=1, s=-2),
    "oz": _unit("0.028349523125", kg=1),
    "st": _unit("6.35029318", kg=1),
    "ly": _unit("9460730472580800", m=1),
    "AU": _unit("149597870700", m=1),
    "week": _unit("604800", s=1),
    "ppm": _unit("1/1000000"),
    "percent": _unit("1/100"),
    "degC": replace(_unit("1", K=1), zero=ZEROS["degC"]),
    "degF": replace(_unit("5/9", K=1), zero=ZEROS["degF"]),
}
#: How `rules.units`, which reads Russian names, calls the base units; of mass it is the gram there, the kilogram here.
_BASE = ("meter", "gram", "second", "ampere", "kelvin", "mole", "candela")
_GRAM = Fraction(1, 1000)


def find_unit(name: str) -> Unit | None:
    """Return the unit of this name, with or without a prefix, in Latin or Russian letters; None when there is none."""
    if name in _PREFIXED:
        return _PREFIXED[name]
    if name in _PLAIN:
        return _PLAIN[name]
    for length in (2, 1):
        unit = _PREFIXED.get(name[length:])
        if unit is not None and name[:length] in _PREFIXES:
            return Unit(unit.factor * Fraction(10) ** _PREFIXES[name[:length]], unit.dimension)
    return None if name.isascii() else _russian(name)


def meant_units(name: str) -> list[str]:
    """Return the units that are written so but for capital letters: kj may mean kJ, mw both mW and MW."""
    prefixed = (prefix + unit for prefix in ("", *_PREFIXES) for unit in _PREFIXED)
    return sorted(
        each for each in {*prefixed, *_PLAIN} if each.casefold() == name.casefold() and each != name
    )


def _russian(name: str) -> Unit | None:
    found = read_unit(name)
    if found is None or any(base not in _BASE for base, _ in found.dimensions):
        return None
    powers = dict(found.dimensions)
    factor = found.factor * _GRAM ** powers.get("gram", 0)
    return Unit(factor, tuple(powers.get(base, 0) for base in _BASE))
