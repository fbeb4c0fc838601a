"""A model as SBML Level 3 and as a COMBINE archive, written from its one definition with its doses as events.

Every quantity is a parameter with a rate rule or an assignment rule, so that any SBML simulator can run it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import libsbml

from openldn.pharmacology.expressions import as_sbml
from openldn.pharmacology.grid import TICKS
from openldn.pharmacology.model import Model
from openldn.pharmacology.numpy_path import Jump

_ABOUT: Final = (
    "Time is in hours, amounts are micrograms of naltrexone base, concentrations ng/mL; the unit of each"
    " quantity stands in its note. It explains and never decides: no dose follows from it."
)
_OMEX: Final = "http://identifiers.org/combine.specifications"


def sbml_of(
    model: Model, values: Mapping[str, float], jumps: Sequence[Jump], about: Mapping[str, str] | None = None
) -> str:
    """The model as SBML text; outputs carry title, unit and standing.

    Args:
        model: the definition.
        values: of its parameters.
        jumps: doses, each one amount.
        about: unit, basis and reason of parameters, by name.

    Raises:
        ValueError: libsbml finds a fault in it.
    """
    document = libsbml.SBMLDocument(3, 1)
    made = document.createModel()
    made.setId(model.name.replace("-", "_"))
    made.setName(model.name)
    made.setTimeUnits("dimensionless")
    made.setExtentUnits("dimensionless")
    _note(made, _ABOUT)
    first = dict.fromkeys(model.linear, 0.0) | {n: t.start for n, t in model.turnover.items()}
    for jump in jumps:
        if jump.tick == 0:
            first[jump.state] += float(jump.amount)
    for name, value in values.items():
        _note(_quantity(made, name, value, constant=True), (about or {}).get(name, ""))
    for name, value in first.items():
        _quantity(made, name, value, constant=False)
    for name, text in model.algebra.items():
        _quantity(made, name, 0.0, constant=False)
        _rule(made.createAssignmentRule(), name, text)
    for name, output in model.outputs.items():
        if name not in (*first, *model.algebra):
            _quantity(made, name, 0.0, constant=False)
            _rule(made.createAssignmentRule(), name, output.expression)
    for name, output in model.outputs.items():
        # Not as its name: COPASI would call it by that, and no more by its id.
        title = output.title if output.unit == "1" else f"{output.title}, {output.unit}"
        _note(made.getParameter(name), f"{title}: {output.standing}. {output.caveat}".strip())
    for name, text in model.linear.items():
        _rule(made.createRateRule(), name, text)
    for name, turnover in model.turnover.items():
        _rule(made.createRateRule(), name, f"({turnover.rate}) * (({turnover.drive}) - {name})")
    for n, jump in enumerate(j for j in jumps if j.tick > 0):
        _event(made, n, jump)
    faults = [document.getError(n) for n in range(document.getNumErrors())]
    if serious := [f.getMessage() for f in faults if f.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]:
        raise ValueError("; ".join(serious))
    return str(libsbml.writeSBMLToString(document))


def _note(element: libsbml.SBase, text: str) -> None:
    if text and element.setNotes(f'<p xmlns="http://www.w3.org/1999/xhtml">{escape(text)}</p>') != 0:
        raise ValueError(f"{text!r} is no note")


def _quantity(made: libsbml.Model, name: str, value: float, *, constant: bool) -> libsbml.Parameter:
    parameter = made.createParameter()
    parameter.setId(name)
    parameter.setConstant(constant)
    parameter.setValue(float(value))
    parameter.setUnits("dimensionless")
    return parameter


def _rule(rule: libsbml.Rule, name: str, text: str) -> None:
    rule.setVariable(name)
    rule.setMath(_math(text))


def _math(text: str) -> libsbml.ASTNode:
    found = libsbml.parseL3Formula(as_sbml(text))
    if found is None:
        raise ValueError(libsbml.getLastParseL3Error())
    return found


def _event(made: libsbml.Model, n: int, jump: Jump) -> None:
    event = made.createEvent()
    event.setId(f"dose_{n}")
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(True)
    trigger.setPersistent(True)
    trigger.setMath(libsbml.parseL3Formula(f"time >= {jump.tick / TICKS!r}"))
    assignment = event.createEventAssignment()
    assignment.setVariable(jump.state)
    assignment.setMath(libsbml.parseL3Formula(f"{jump.state} + {float(jump.amount)!r}"))


def archive_of(model: Model, sbml: str, *, hours: float, points: int) -> bytes:
    """A COMBINE archive: the model, and how it is simulated (SED-ML), for any tool that reads one.

    Args:
        model: the definition.
        sbml: as `sbml_of` wrote it.
        hours: until when.
        points: how many intervals are shown.
    """
    content = {
        "manifest.xml": _manifest(),
        "model.xml": sbml,
        "simulation.sedml": _sedml(model, hours, points),
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            # A fixed day: the same model gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return target.getvalue()


def _manifest() -> str:
    rows = (
        (".", f"{_OMEX}/omex"),
        ("./manifest.xml", f"{_OMEX}/omex-manifest"),
        ("./model.xml", f"{_OMEX}/sbml.level-3.version-1"),
        ("./simulation.sedml", f"{_OMEX}/sed-ml.level-1.version-3"),
    )
    lines = "".join(f"  <content location={quoteattr(p)} format={quoteattr(f)}/>\n" for p, f in rows)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<omexManifest xmlns="{_OMEX}/omex-manifest">\n{lines}</omexManifest>\n'
    )


def _sedml(model: Model, hours: float, points: int) -> str:
    shown = "".join(
        f'    <dataGenerator id="{name}_shown" name={quoteattr(output.title)}><listOfVariables>'
        f'<variable id="{name}_v" taskReference="run" target="/sbml:sbml/sbml:model/sbml:listOfParameters/'
        f"sbml:parameter[@id='{name}']\"/></listOfVariables>"
        f'<math xmlns="http://www.w3.org/1998/Math/MathML"><ci>{name}_v</ci></math></dataGenerator>\n'
        for name, output in model.outputs.items()
    )
    columns = "".join(
        f'<dataSet id="{name}_column" label={quoteattr(title)} dataReference="{name}_shown"/>'
        for name, title in (("time", "hour"), *((n, n) for n in model.outputs))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<sedML xmlns="http://sed-ml.org/sed-ml/level1/version3" xmlns:sbml="http://www.sbml.org/sbml/level3/'
        'version1/core" level="1" version="3">\n'
        f'  <listOfSimulations><uniformTimeCourse id="course" initialTime="0" outputStartTime="0" '
        f'outputEndTime="{hours!r}" numberOfPoints="{points}"><algorithm kisaoID="KISAO:0000019"/>'
        "</uniformTimeCourse></listOfSimulations>\n"
        '  <listOfModels><model id="model" language="urn:sedml:language:sbml.level-3.version-1" '
        'source="model.xml"/></listOfModels>\n'
        '  <listOfTasks><task id="run" modelReference="model" simulationReference="course"/></listOfTasks>\n'
        '  <listOfDataGenerators>\n    <dataGenerator id="time_shown" name="hour"><listOfVariables>'
        '<variable id="time_v" taskReference="run" symbol="urn:sedml:symbol:time"/></listOfVariables>'
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><ci>time_v</ci></math></dataGenerator>\n'
        f"{shown}  </listOfDataGenerators>\n"
        f'  <listOfOutputs><report id="outputs"><listOfDataSets>{columns}</listOfDataSets></report>'
        "</listOfOutputs>\n</sedML>\n"
    )
