"""How a model reads a record of facts: strictly, and under the names that the archive gives its texts."""

from typing import Annotated

from pydantic import ConfigDict, StringConstraints

# The lasting name of a thing in addresses and between records.
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=120)]


def record_config(*danish: str, **aliases: str) -> ConfigDict:
    """Nothing unknown is taken. The fields named in `danish` may also be given as "<field>_da".

    `aliases` are other names in the record: field="name in the record".
    """
    names = {field: f"{field}_da" for field in danish} | aliases
    return ConfigDict(
        extra="forbid",
        alias_generator=lambda field: names.get(field, field),
        validate_by_name=True,
        validate_by_alias=True,
    )
