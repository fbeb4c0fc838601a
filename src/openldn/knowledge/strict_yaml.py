"""YAML whose scalars stay text (null apart) and which refuses a key given twice.

So 0.1 stays 0.1 and `no` stays no; who reads it decides what a text means. Parsed by the C library.
"""

from __future__ import annotations

from typing import Any

import yaml


class BadYaml(ValueError):
    """YAML that cannot be read; `key` is the path of the key, the message the reason."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def read_yaml(text: str) -> Any:
    """Read one YAML document into dicts, lists, texts and None.

    Raises:
        BadYaml: not YAML, or a key given twice.
    """
    try:
        return _plain(yaml.compose(text, Loader=yaml.CSafeLoader), "")
    except yaml.YAMLError as error:
        raise BadYaml("", " ".join(str(error).split())) from error
    except RecursionError as error:
        raise BadYaml("", "nested too deep, or an anchor that contains itself") from error


def _plain(node: yaml.Node | None, key: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for name_node, value_node in node.value:
            name = str(name_node.value)
            below = f"{key}.{name}" if key else name
            if name in found:
                raise BadYaml(below, f"given twice, again in line {name_node.start_mark.line + 1}")
            found[name] = _plain(value_node, below)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, f"{key}.{n}") for n, item in enumerate(node.value)]
    if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        return None
    return node.value
