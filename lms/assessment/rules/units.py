"""Understand the units that students write, in Russian and Latin letters, and convert between them.

pint knows the names, prefixes and sizes; which of them are multiplied and divided is read here, so that no text is ever
evaluated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, NamedTuple

__all__ = ["ZEROS", "Conversion", "Unit", "conversion_between", "plain_unit", "read_unit"]

MAX_LENGTH, MAX_POWER = 60, 12

#: The units of school, in pint's notation. Latin and Russian symbols stand side by side.
_DEFINITIONS = """
pico- = 1e-12 = p- = п-
nano- = 1e-9 = n- = н-
micro- = 1e-6 = µ- = μ- = mc- = мк-
milli- = 1e-3 = m- = м-
centi- = 1e-2 = c- = с-
deci- = 1e-1 = d- = д-
hecto- = 1e2 = h- = г-
kilo- = 1e3 = k- = к-
mega- = 1e6 = M- = М-
giga- = 1e9 = G- = Г-
tera- = 1e12 = T- = Т-
meter = [length] = m = metre = м = метр
second = [time] = s = sec = с = сек = секунда
gram = [mass] = g = г = грамм
ampere = [current] = A = А
kelvin = [temperature] = K = К
mole = [substance] = mol = моль
candela = [light] = cd = кд
radian = [] = rad = рад
degree_of_arc = 0.017453292519943295 * radian = deg = град
bit = [information] = бит
byte = 8 * bit = B = Б = байт
rouble = [money] = RUB = руб = рубль
piece = [count] = pcs = шт
celsius = kelvin = degC = гЦ
fahrenheit = 5 / 9 * kelvin = degF
minute = 60 * second = min = мин
hour = 3600 * second = h = ч = час
day = 86400 * second = d = сут = день
week = 604800 * second = нед
year = 31557600 * second = yr = год
inch = 0.0254 * meter = in = дюйм
foot = 0.3048 * meter = ft = фут
mile = 1609.344 * meter = mi = миля
mile_per_hour = 1609.344 / 3600 * meter / second = mph
speed_of_light = 299792458 * meter / second = c
astronomical_unit = 149597870700 * meter = au = а_е
light_year = 9460730472580800 * meter = ly
are = 100 * meter ** 2 = ар = сотка
hectare = 10000 * meter ** 2 = ha = га
liter = 0.001 * meter ** 3 = l = L = л = литр
tonne = 1000 * kilogram = t = т = тонна
quintal = 100 * kilogram = q = ц
hertz = 1 / second = Hz = Гц = гц
newton = kilogram * meter / second ** 2 = N = Н
pascal = newton / meter ** 2 = Pa = Па
joule = newton * meter = J = Дж
watt = joule / second = W = Вт
coulomb = ampere * second = C = Кл
volt = joule / coulomb = V = В
farad = coulomb / volt = F = Ф
ohm = volt / ampere = Ω = Ом
siemens = 1 / ohm = S = См
weber = volt * second = Wb = Вб
tesla = weber / meter ** 2 = T = Тл
henry = weber / ampere = H = Гн
lumen = candela * radian ** 2 = lm = лм
lux = lumen / meter ** 2 = lx = лк
becquerel = 1 / second = Bq = Бк
electronvolt = 1.602176634e-19 * joule = eV = эВ
calorie = 4.1868 * joule = cal = кал
horsepower = 735.49875 * watt = hp = лс
atmosphere = 101325 * pascal = atm = атм
bar = 100000 * pascal = бар
mmHg = 133.322387415 * pascal = ммрт
percent = 0.01 = проц
"""

#: What units and prefixes begin with where they are written out, and their symbols.
_UNIT_WORDS = {
    "метр": "м",
    "секунд": "с",
    "минут": "мин",
    "час": "ч",
    "сут": "сут",
    "недел": "нед",
    "год": "год",
    "лет": "год",
    "грамм": "г",
    "тонн": "т",
    "литр": "л",
    "гектар": "га",
    "ампер": "А",
    "кельвин": "К",
    "моль": "моль",
    "мол": "моль",
    "кандел": "кд",
    "радиан": "рад",
    "градус": "град",
    "герц": "Гц",
    "ньютон": "Н",
    "паскал": "Па",
    "джоул": "Дж",
    "ватт": "Вт",
    "кулон": "Кл",
    "вольт": "В",
    "фарад": "Ф",
    "ом": "Ом",
    "сименс": "См",
    "вебер": "Вб",
    "тесл": "Тл",
    "генри": "Гн",
    "люмен": "лм",
    "люкс": "лк",
    "беккерел": "Бк",
    "калори": "кал",
    "рубл": "руб",
    "штук": "шт",
    "байт": "байт",
    "бит": "бит",
}
_PREFIX_WORDS = {
    "пико": "п",
    "нано": "н",
    "микро": "мк",
    "милли": "м",
    "санти": "с",
    "деци": "д",
    "гекто": "г",
    "кило": "к",
    "мега": "М",
    "гига": "Г",
    "тера": "Т",
}
#: Longer beginnings first: моль before мол.
_WORD = re.compile(
    rf"(?P<prefix>{'|'.join(_PREFIX_WORDS)})?(?P<unit>{'|'.join(sorted(_UNIT_WORDS, key=len, reverse=True))})"
    r"(?:а|ам|ами|ах|е|ей|ем|и|й|ка|ки|ов|ом|ой|ок|ток|тки|у|ы|ь|ю|я|ям|ями|ях|ями|ии|ию|ий|ией)?"
)
_SPELLINGS = (
    ("°c", "degC"),
    ("°с", "degC"),
    ("°f", "degF"),
    ("%", "percent"),
    ("₽", "руб"),
    ("°", "deg"),
    ("мм рт ст", "mmHg"),
    ("ммртст", "mmHg"),
    ("а е", "au"),
    ("л с", "hp"),
)
_SIGNS = str.maketrans({"·": "*", "⋅": "*", "×": "*", "∙": "*", ":": "/", "⁻": "-", "−": "-"})
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
#: "Metres in a second": what stands behind the word is below the line.
_PER = re.compile(r"(?<=[а-яё]) (?:в|за|на) (?=[а-яё])", re.IGNORECASE)
_TOKEN = re.compile(r"(?P<name>[^\W\d]+)(?:(?:\^|\*\*)?(?P<power>-?[0-9⁰¹²³⁴⁵⁶⁷⁸⁹]+))?|(?P<sign>[*/()])")


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit comes to: its size in basic units, and those with their powers, in alphabetical order.

    ``zero`` is what 0 of a unit is in basic units, where that is not 0: temperatures alone, not in ``Дж/(кг·°C)``.
    """

    factor: Fraction
    dimensions: tuple[tuple[str, int], ...]
    zero: Fraction = Fraction(0)


class Conversion(NamedTuple):
    """How a value in one unit is said in another: multiplied, then shifted (between scales of temperature)."""

    factor: Fraction = Fraction(1)
    shift: Fraction = Fraction(0)

    def of(self, value: Fraction) -> Fraction:
        """Return a value in the other unit."""
        return value * self.factor + self.shift


#: Where the scales of temperature begin, in kelvins.
ZEROS = {"degC": Fraction("273.15"), "гЦ": Fraction("273.15"), "degF": Fraction("459.67") * 5 / 9}


@cache
def _registry() -> Any:
    """Make the registry when the first unit is read: importing pint takes longer than starting the rest of the feature."""
    import pint

    registry: Any = pint.UnitRegistry(None, non_int_type=Fraction)
    registry.load_definitions(_DEFINITIONS.strip().splitlines())
    return registry


def plain_unit(text: str) -> str:
    """Return one spelling of what is the same but for spaces, dots and signs; case stays (mW is not MW)."""
    spelt = _SPACES.sub(" ", text.replace(".", " ")).strip().translate(_SIGNS)
    lowered = spelt.casefold()
    for written, name in _SPELLINGS:
        if written in lowered:
            spelt = re.sub(re.escape(written), name, spelt, flags=re.IGNORECASE)
            lowered = spelt.casefold()
    spelt = _PER.sub("/", spelt)
    return spelt.replace(" ", "").translate(_POWERS).replace("**", "^")


@lru_cache(maxsize=4000)
def read_unit(text: str) -> Unit | None:
    """Return what a unit such as ``км/ч``, ``Дж/(кг·°C)`` or ``m s^-2`` comes to; None when it is not known."""
    spelt = plain_unit(text)
    if not spelt or len(spelt) > MAX_LENGTH:
        return None
    factor, powers = Fraction(1), dict[str, int]()
    signs = [1]  # of each open bracket: whether what stands in it is divided
    next_sign, place = 1, 0
    while place < len(spelt):
        token = _TOKEN.match(spelt, place)
        if token is None:
            return None
        place = token.end()
        if token["sign"] == "(":
            signs.append(signs[-1] * next_sign)
            next_sign = 1
        elif token["sign"] == ")":
            if len(signs) == 1:
                return None
            signs.pop()
            next_sign = 1
        elif token["sign"]:
            next_sign = -1 if token["sign"] == "/" else 1
        else:
            power = int((token["power"] or "1").translate(_POWERS)) * signs[-1] * next_sign
            known = _name(token["name"]) if abs(power) <= MAX_POWER else None
            if known is None:
                return None
            factor *= known.factor**power
            for name, own in known.dimensions:
                powers[name] = powers.get(name, 0) + own * power
    if len(signs) > 1:
        return None
    dimensions = tuple(sorted((name, power) for name, power in powers.items() if power))
    return Unit(factor, dimensions, ZEROS.get(spelt, Fraction(0)))


@lru_cache(maxsize=4000)
def _name(name: str) -> Unit | None:
    """Return what one name comes to; case is forgiven where no other unit is meant."""
    for spelling in (name, name.lower(), _symbol_of(name.casefold())):
        if spelling and _registry().parse_unit_name(spelling):
            return _measured(spelling)
    return _whatever_case().get(name.casefold())


def _measured(symbol: str) -> Unit:
    basic = _registry().Quantity(Fraction(1), symbol).to_base_units()
    dimensions = tuple(sorted((key, int(power)) for key, power in basic.unit_items()))
    return Unit(Fraction(basic.magnitude), dimensions)


def _symbol_of(word: str) -> str:
    """Return the symbol of a unit that is written out, whatever its ending: километров, ньютона; empty when it is no such word."""
    found = _WORD.fullmatch(word)
    return "" if found is None else _PREFIX_WORDS.get(found["prefix"], "") + _UNIT_WORDS[found["unit"]]


@cache
def _whatever_case() -> dict[str, Unit]:
    """Return the units by Russian symbols in small letters, but for those that two units share, as мПа and МПа do."""
    found: dict[str, set[Unit]] = {}
    for prefix in ("", *_PREFIX_WORDS.values()):
        for symbol in set(_UNIT_WORDS.values()):
            if _registry().parse_unit_name(prefix + symbol):
                found.setdefault((prefix + symbol).casefold(), set()).add(_measured(prefix + symbol))
    return {symbol: next(iter(units)) for symbol, units in found.items() if len(units) == 1}


def conversion_between(found: str, right: str) -> Conversion | None:
    """Return how a value in one unit is said in another; None when they measure other things."""
    if plain_unit(found) == plain_unit(right):
        return Conversion()
    one, other = read_unit(found), read_unit(right)
    if one is None or other is None or one.dimensions != other.dimensions:
        return None
    return Conversion(one.factor / other.factor, (one.zero - other.zero) / other.factor)
