"""Naltrexone in low and ultra-low dose, as one model.

Kinetics of both substances, a brain site that was seen in PET, a fast site that is a hypothesis, the turnover
of endogenous opioids, receptors and inflammation, an opioid beside it.

Amounts are micrograms of naltrexone base, concentrations ng/mL. Rival hypotheses are values of parameters
(`variants`), so that one definition serves all. Symptom scores are not simulated.

Source: facts/pharmacology.md, sections A4 and E.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from openldn.pharmacology.model import Model, Output, Standing, Turnover
from openldn.pharmacology.parameter_sets import default_set

FINE: Final = ((4, 1), (16, 2), (64, 4), (160, 8), (384, 16), (896, 32), (1536, 64), (2304, 128))
"""From 1/256 h at a dose to 1/2 h at 9 h, then an hour: 50 mg fill the fast site within minutes."""
_V, _H = Standing.VALIDATED, Standing.HYPOTHESIS
_WITHDRAWAL: Final = (
    "Precipitated withdrawal is not in the model: an opioid beside more than micrograms of naltrexone is a"
    " danger, whatever this shows."
)
_LINEAR: Final = {
    "G": "-ka * G",
    "Bm": "-kb * Bm",
    "Sk": "-ks * Sk",
    "A1": "F * ka * G + kb * Bm + ks * Sk - CL / V1 * A1 - Q / V1 * A1 + Q / V2 * A2",
    "A2": "Q / V1 * A1 - Q / V2 * A2",
    "M1": "(0.96 - F) * ka * G + ka * Gm + fm * CL / V1 * A1 - (CLm + Qm) / Vm1 * M1 + Qm / Vm2 * M2",
    "M2": "Qm / Vm1 * M1 - Qm / Vm2 * M2",
    # What went with the bile and is taken up again: a switch, because no one has measured it.
    "Gm": "bile * CLm / Vm1 * M1 - ka * Gm",
    "X": "ke * A1 / V1 - ke * X",
}
_ALGEBRA: Final = {
    "C1": "A1 / V1",
    "Cm": "M1 / Vm1",
    "ub": "X / Ks + C1 / Kp",
    "occ_brain": "ub / (1 + ub)",
    "uf": "C1 / Kn + Cm / Km",
    "e": "e0 * E",
    # The site that feeds back: the fast one (0) or the brain (1); a rival hypothesis is a value of `brain`.
    "u": "(1 - brain) * uf + brain * ub",
    "th": "u / (1 + u + e)",
    "S": "R * (e / (1 + u + e)) / (e0 / (1 + e0))",
    "free_nM": "0.79 * C1 / 0.3414",
    "I_T": "dextro * free_nM / (105500 + dextro * free_nM)",
    "more": "max(S24 - 1, 0)",
    "I_O": "Imax * more / (I50 + more)",
    "pM": "1000 * free_nM + w * 1000 * 0.8 * Cm / 0.3434",
    "Gs": "pM / (KG + pM)",
    "ag": "a / (1 + a + ub)",
    "ag0": "a / (1 + a)",
}
_TURNOVER: Final = {
    "Z": Turnover("1 / tau_z", "th", 0.0),
    "E": Turnover(
        "kE",
        "(1 + amp * cos(0.2617993877991494 * (t + clock - 8.5))) * (1 + Smax * Z ** g / (Z50 ** g + Z ** g))",
    ),
    "R": Turnover("0.6931471805599453 / tR", "1 + rho * th"),
    "S24": Turnover("1 / 24", "S"),
    "N": Turnover("1 / tau_N", "(1 - immune * I_T) * (1 - immune * I_O)"),
    "IL6": Turnover("k_IL6", "N"),
    "IL10": Turnover("k_IL10", "N"),
    "TNF": Turnover("k_TNF", "N"),
}  # fmt: skip
_OUTPUTS: Final = {
    "NTX": Output("C1", "ng/mL", "naltrexone in plasma", _V),
    "M6bN": Output("Cm", "ng/mL", "6-beta-naltrexol in plasma", _V),
    "occ_brain": Output("occ_brain", "1", "mu receptors in the brain held by naltrexone", _V),
    "occ_fast": Output("th", "1", "receptors of the fast site held by naltrexone", _H),
    "S": Output("S", "1", "opioid signalling, 1 without the drug", _H),
    "E": Output("E", "1", "endogenous opioids, 1 without the drug", _H),
    "R": Output("R", "1", "receptors, 1 without the drug", _H),
    "tlr4": Output("I_T", "1", "TLR4 signalling that the drug takes away", _H),
    "N": Output("N", "1", "inflammatory drive, 1 without the drug", _H),
    "IL6": Output("IL6", "1", "interleukin 6, 1 without the drug", _H),
    "IL10": Output("IL10", "1", "interleukin 10, 1 without the drug", _H),
    "TNF": Output("TNF", "1", "tumour necrosis factor, 1 without the drug", _H),
    "agonist": Output("ag / ag0", "1", "share of an opioid's effect that is left", _H, _WITHDRAWAL),
    "net": Output(
        # The share is of the effect, as in the table of the prototype; the formula printed there is not.
        "ag * (1 - x0 * (1 - Gs)) - ag0 * (1 - x0)",
        "1",
        "change of an opioid's net analgesia, 0 without the drug",
        _H,
        _WITHDRAWAL,
    ),
}  # fmt: skip

LDN_MODEL: Final = Model(
    name="ldn",
    parameters=MappingProxyType(default_set().values),
    linear=MappingProxyType(_LINEAR),
    turnover=MappingProxyType(_TURNOVER),
    algebra=MappingProxyType(_ALGEBRA),
    outputs=MappingProxyType(_OUTPUTS),
    grades=FINE,
)
