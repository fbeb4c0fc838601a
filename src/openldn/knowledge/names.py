"""Which drug does an entry name? By code and by every text, for many languages and spellings.

A drug list is written by people: brands, combinations, salts glued to the name (Morphinsulfat),
capitals inside (oxyCODONE), other languages (ossicodone, трамадол) and typing slips (hydrocodne).
Codes and texts are read side by side, because each alone misses opioids and because they may
contradict each other; then neither is believed and the contradiction is raised.

Substance names are compared after folding the spelling (ph = f, th = t, y = i, c = k, ending
dropped); brands only letter by letter; both with one slip allowed from eight letters on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

from anyascii import anyascii

from openldn.knowledge.drug_schema import Drug, DrugClass, Form, Role
from openldn.knowledge.products import Product

UNNAMED: Final = "opioid not named"
"""The drug that stands for an opioid whose name is not given."""

_TOKEN: Final = re.compile(r"[a-z0-9]+")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_READABLE: Final = re.compile(r"[\w\s\-–—'’`´.,;:/()\[\]{}&+%#*®™©°\"“”„«»<>=!?@|µ~^\\·•…²³½¼¾№º§]*")
_ATC: Final = re.compile(r"[A-Z]\d{2}[A-Z]{2}\d{2}")
_STAND_IN: Final = "stands for any member of its class"
_SLIP_FROM: Final = 8
_GLUED_FROM: Final = 6

_FOLDS: Final = (
    ("ph", "f"), ("th", "t"), ("ck", "k"), ("x", "ks"), ("y", "i"), ("c", "k"), ("z", "s"), ("w", "v"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Code:
    """A code of some system, with the name that came with it."""

    system: str
    code: str
    display: str = ""

    def __str__(self) -> str:
        return f"{self.system.rsplit('/', 1)[-1] or 'code'} {self.code}"


@dataclass(frozen=True, slots=True)
class Named:
    """A drug that an entry names, and by what it was recognised."""

    drug: Drug
    form: Form | None
    by: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What an entry names: drugs that matter here, whether anything was named at all, contradictions."""

    named: tuple[Named, ...] = ()
    readable: bool = True
    """False: no code or text tells which drug this is."""
    conflict: str | None = None
    """How code and text contradict each other."""


NOT_NAMED: Final = Identity(readable=False)


@dataclass(frozen=True, slots=True)
class DrugNames:
    """Every name and code of the drugs that matter, arranged for looking up."""

    drugs: Mapping[str, Drug]
    by_rxnorm: Mapping[str, Drug]
    by_atc: Mapping[str, Drug]
    by_atc_class: Mapping[str, Drug]
    """Beginning of ATC codes -> the drug that stands for the class."""
    products: Mapping[str, Product]
    wording: Mapping[str, Any]
    substances: Mapping[str, Drug]
    """Folded single word -> drug."""
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], Drug], ...]]
    """First word as written -> brands and phrases beginning with it."""
    native: tuple[tuple[str, Drug], ...]
    spoken: Mapping[tuple[str, ...], Drug]
    slips: Mapping[str, tuple[tuple[str, Drug], ...]]
    """A long name, whole or with one letter left out -> the names it may come from."""
    local_codes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    _seen: dict[tuple[tuple[Code, ...], tuple[str, ...], bool], Identity] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(
        cls,
        drugs: Iterable[Drug],
        classes: Iterable[DrugClass],
        products: Mapping[str, Product],
        wording: Mapping[str, Any],
    ) -> DrugNames:
        """Arrange the names of `drugs` and the codes of `classes`; `wording` is drugs/_wording.yaml."""
        drugs = tuple(drugs)
        by_atc_class: dict[str, Drug] = {}
        for drug_class in classes:
            for start in drug_class.atc:
                others = by_atc_class[start].classes if start in by_atc_class else ()
                by_atc_class[start] = _stand_in(drug_class, others)
        substances: dict[str, Drug] = {}
        phrases: dict[str, list[tuple[tuple[str, ...], Drug]]] = {}
        native: list[tuple[str, Drug]] = []
        spoken: dict[tuple[str, ...], Drug] = {}
        for drug, kind, name in _names(drugs):
            words = tuple(_words(name))
            if kind == "native-script":
                native.append((name.casefold(), drug))
            elif kind == "spoken":
                spoken[words] = drug
            elif kind == "substance" and len(words) == 1:
                substances.setdefault(_fold(words[0]), drug)
            else:
                phrases.setdefault(words[0], []).append((words, drug))
        slips: dict[str, set[str]] = {}
        long_names = {n: d for n, d in [*_single_words(phrases), *substances.items()] if len(n) >= _SLIP_FROM}
        for name in long_names:
            for part in (name, *_shortened(name)):
                slips.setdefault(part, set()).add(name)
        return cls(
            drugs={d.name: d for d in drugs},
            by_rxnorm={d.rxnorm: d for d in drugs if d.rxnorm},
            by_atc={code: d for d in drugs for code in d.atc},
            by_atc_class=by_atc_class,
            products=products,
            wording={key: frozenset(words) for key, words in wording.items()},
            substances=substances,
            phrases={first: tuple(sorted(p, key=lambda n: -len(n[0]))) for first, p in phrases.items()},
            native=tuple(sorted(native, key=lambda n: -len(n[0]))),
            spoken=spoken,
            slips={part: tuple((n, long_names[n]) for n in sorted(ns)) for part, ns in slips.items()},
        )

    def with_local_codes(self, table: Mapping[tuple[str, str], str]) -> DrugNames:
        """The same names, understanding further codes: (system, code) -> the drug's name in any language."""
        return replace(self, local_codes=table, _seen={})

    def identify(self, codes: Sequence[Code], texts: Sequence[str], *, spoken: bool = False) -> Identity:
        """Name the drugs of one entry.

        Args:
            codes: all codings of the entry.
            texts: all texts of the entry, the codings' displays included.
            spoken: the texts are a patient's words, so slang and short forms count.
        """
        key = (tuple(codes), tuple(texts), spoken)
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._identify(*key)
        return found

    def _identify(self, codes: tuple[Code, ...], texts: tuple[str, ...], spoken: bool) -> Identity:
        local = (self.local_codes.get((c.system, c.code), "") for c in codes) if self.local_codes else ()
        texts = tuple(dict.fromkeys([*texts, *filter(None, local)]))
        by_code = list(self._by_code(codes))
        by_text = [named for text in texts for named in self._by_text(text, spoken)]
        opioid_texts = [n for n in by_text if n.drug.role.at_opioid_receptors]
        conflict = self._conflict(codes, texts, by_code, opioid_texts)
        readable = bool(by_code or by_text or conflict)
        readable = readable or any(self._tells(text) for text in texts)
        readable = readable or any(_is_atc(c) and _ATC.fullmatch(c.code) for c in codes)
        if conflict and not opioid_texts:
            return Identity(_merge(by_text), True, conflict)
        return Identity(_merge(by_code + by_text), readable, conflict)

    def _by_code(self, codes: Iterable[Code]) -> Iterator[Named]:
        for code in codes:
            if _is_rxnorm(code):
                if product := self.products.get(code.code):
                    yield Named(product.drug, product.form, f"RxNorm {code.code}")
                elif drug := self.by_rxnorm.get(code.code):
                    yield Named(drug, None, f"RxNorm {code.code}")
            elif drug := self.by_atc.get(code.code.upper()):
                if _is_atc(code) or not code.system:
                    yield Named(drug, None, f"ATC {code.code}")
            elif _is_atc(code) and code.code.upper().startswith(tuple(self.wording["atc_opioid_classes"])):
                yield Named(self.drugs[UNNAMED], None, f"ATC {code.code}")
            if _is_atc(code) and (stand_in := self._atc_class(code.code.upper())):
                yield Named(stand_in, None, f"ATC {code.code}")

    def _atc_class(self, code: str) -> Drug | None:
        """The class that names the longest beginning of an ATC code."""
        starts = (code[:end] for end in range(len(code), 0, -1))
        return next((drug for start in starts if (drug := self.by_atc_class.get(start))), None)

    def _by_text(self, text: str, spoken: bool) -> Iterator[Named]:
        words = _words(text)
        form = self._form(words)
        quoted = f"text {text!r}"
        found = False
        for drug, slip in self._match(words, spoken):
            found = True
            by = f"{quoted} (a typing variant of {drug.name})" if slip else quoted
            yield Named(drug, form, by)
        for drug in self._native(text):
            found = True
            yield Named(drug, form, quoted)
        if not found and self._says_an_opioid(words):
            yield Named(self.drugs[UNNAMED], form, quoted)

    def _native(self, text: str) -> Iterator[Drug]:
        """Names in scripts that are not transliterated, the longest first: one may stand in another."""
        if text.isascii():
            return
        rest = text.casefold()
        for name, drug in self.native:
            if name in rest:
                rest = rest.replace(name, " ")
                yield drug

    def _match(self, words: list[str], spoken: bool) -> Iterator[tuple[Drug, bool]]:
        here = 0
        while here < len(words):
            length, drug, slip = self._longest_at(words, here, spoken)
            if drug is not None:
                yield drug, slip
            here += length

    def _longest_at(self, words: list[str], here: int, spoken: bool) -> tuple[int, Drug | None, bool]:
        for phrase, drug in self.phrases.get(words[here], ()):
            if tuple(words[here : here + len(phrase)]) == phrase:
                return len(phrase), drug, False
        if spoken:
            for length in (3, 2, 1):
                if drug_said := self.spoken.get(tuple(words[here : here + length])):
                    return length, drug_said, False
        word = words[here]
        if exact := self._substance(word):
            return 1, exact, False
        if here + 1 < len(words):
            joined = word + words[here + 1]
            whole = self.substances.get(_fold(joined)) if len(joined) >= _SLIP_FROM else None
            brand = next((d for p, d in self.phrases.get(joined, ()) if p == (joined,)), None)
            if whole or brand:
                return 2, whole or brand, False
        return 1, self._slip(word), True

    def _substance(self, word: str) -> Drug | None:
        if word in self.wording["sounds_alike"]:
            return None
        folded = _fold(word)
        if drug := self.substances.get(folded):
            return drug
        # A salt or form glued to the name: the longest name that begins the word, or stands in it.
        for end in range(len(folded) - 1, _GLUED_FROM - 1, -1):
            if drug := self.substances.get(folded[:end]):
                return drug
        for start in range(1, len(folded) - _GLUED_FROM):
            for end in range(len(folded), start + _GLUED_FROM, -1):
                if drug := self.substances.get(folded[start:end]):
                    return drug
        return None

    def _slip(self, word: str) -> Drug | None:
        if len(word) < _SLIP_FROM - 1 or word in self.wording["sounds_alike"]:
            return None
        for spelling in (word, _fold(word)):
            for part in (spelling, *_shortened(spelling)):
                for name, drug in self.slips.get(part, ()):
                    if _one_slip(spelling, name):
                        return drug
        return None

    def says_none_known(self, texts: Iterable[str]) -> bool:
        """Whether one of the texts states that no medicine is taken."""
        return any(" ".join(_words(text)) in self.wording["none_known"] for text in texts)

    def _says_an_opioid(self, words: list[str]) -> bool:
        if " ".join(words) in self.wording["class_texts"]:
            return True
        said = any(word.startswith(tuple(self.wording["says_an_opioid"])) for word in words)
        return said and not any(word in self.wording["denies_an_opioid"] for word in words)

    def _form(self, words: list[str]) -> Form | None:
        pairs = {f"{a} {b}" for a, b in pairwise(words)}
        said = pairs.union(words)

        def says(kind: str) -> bool:
            marks = self.wording[f"form_{kind}"]
            return bool(said & marks) or any(w.startswith(m) for w in words for m in marks if len(m) >= 6)

        if says("implant"):
            return Form.IMPLANT
        if says("depot") or (says("extended") and says("injected")):
            return Form.DEPOT
        return next((f for f in (Form.PATCH, Form.EXTENDED, Form.IMMEDIATE) if says(f)), None)

    def _tells(self, text: str) -> bool:
        """Whether a text names some drug: a word that is neither form, unit nor a stand-in for a name."""
        if not _READABLE.fullmatch(text) or " ".join(_words(text)) in self.wording["stand_ins"]:
            return False
        words = [w for w in _WORD.findall(text.casefold()) if w.isascii() or _alphabetic(w)]
        plain = {anyascii(w).lower() for w in words}
        return bool(plain - self.wording["not_a_name"]) and not self._ambiguous(text)

    def _ambiguous(self, text: str) -> bool:
        return any(word in self.wording["ambiguous_brands"] for word in _words(text))

    def _conflict(
        self, codes: Iterable[Code], texts: Iterable[str], by_code: list[Named], by_text: list[Named]
    ) -> str | None:
        """How a code that names an opioid is contradicted by a text that names something else."""
        coded = {n.drug.name: n for n in by_code if n.drug.blocks_ldn}
        if not coded or any(n.drug.name in coded or n.drug.name == UNNAMED for n in by_text):
            return None
        for code in codes:
            product = self.products.get(code.code)
            known = set(_words(f"{product.name} {product.brand}" if product else " ".join(coded)))
            for text in texts:
                said = {w for w in _words(text) if len(w) >= 4 and w not in self.wording["not_a_name"]}
                said = {w for w in said if not any(c.isdigit() for c in w)}
                if said and not said & known and self._tells(text):
                    stands_for = product.name if product else next(iter(coded))
                    return f"{code} stands for {stands_for!r}, but the text says {text!r}"
        return None


def _merge(found: Iterable[Named]) -> tuple[Named, ...]:
    """One entry a drug; an antagonist that only guards an opioid in the same product is left out."""
    merged: dict[str, Named] = {}
    for named in found:
        before = merged.get(named.drug.name)
        if before is None:
            merged[named.drug.name] = named
        elif before.form is None and named.form is not None:
            merged[named.drug.name] = Named(named.drug, named.form, before.by)
    if len(merged) > 1:
        merged.pop(UNNAMED, None)
    opioid = any(n.drug.role is Role.EXPOSURE for n in merged.values())
    guards = {"naloxone", "naltrexone", "nalmefene"} if opioid else set()
    members = {c for n in merged.values() if not _stands_in(n.drug) for c in n.drug.classes}
    return tuple(
        n
        for n in merged.values()
        if n.drug.name not in guards and not (_stands_in(n.drug) and members.issuperset(n.drug.classes))
    )


def _stands_in(drug: Drug) -> bool:
    """Whether it is no ingredient but stands for some member of a class."""
    return drug.note == _STAND_IN


def _stand_in(drug_class: DrugClass, others: tuple[str, ...]) -> Drug:
    """The drug that stands for any member of a class of which only the code is known."""
    return Drug(
        name=drug_class.title.lower(),
        role=Role.INTERACTS,
        note=_STAND_IN,
        source=str(drug_class.source.at or drug_class.source.ref),
        classes=(*others, drug_class.id),
    )


def _names(drugs: Iterable[Drug]) -> Iterator[tuple[Drug, str, str]]:
    for drug in drugs:
        yield drug, "substance", drug.name
        for names in drug.names:
            for name in names.names:
                yield drug, names.kind, name


def _single_words(
    phrases: Mapping[str, Iterable[tuple[tuple[str, ...], Drug]]],
) -> Iterator[tuple[str, Drug]]:
    for found in phrases.values():
        for words, drug in found:
            if len(words) == 1:
                yield words[0], drug


def _shortened(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _one_slip(word: str, name: str) -> bool:
    """Whether one letter left out, added, changed or swapped with its neighbour turns one into the other."""
    start = 0
    while start < min(len(word), len(name)) and word[start] == name[start]:
        start += 1
    a, b = word[start:], name[start:]
    swapped = a[:2] == b[1::-1] and a[2:] == b[2:] and len(a) > 1
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or swapped


def _words(text: str) -> list[str]:
    return _TOKEN.findall(anyascii(text).lower())


def _fold(word: str) -> str:
    """Write a substance name as any European language would: morphine, Morphin, morfina -> morfin."""
    for old, new in _FOLDS:
        word = word.replace(old, new)
    word = re.sub(r"(.)\1+", r"\1", word)
    short = re.sub(r"(?:um|us|as|os|is|am|em|om|a|e|i|o|u)$", "", word)
    return short if len(short) >= 4 else word


def _alphabetic(word: str) -> bool:
    """Whether a word is written in an alphabet that is transliterated letter by letter."""
    return unicodedata.name(word[0], "").startswith(("LATIN", "GREEK", "CYRILLIC"))


def _is_rxnorm(code: Code) -> bool:
    return code.system.lower().endswith(("rxnorm", "2.16.840.1.113883.6.88"))


def _is_atc(code: Code) -> bool:
    system = code.system.lower().rstrip("/")
    return system.endswith(("atc", "2.16.840.1.113883.6.73")) or "whocc" in system
