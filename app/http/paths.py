"""Numbers in addresses: `{id:int}` takes only what the database can hold; the rest is no address of ours."""

from starlette.convertors import IntegerConvertor, register_url_convertor


class StorableInteger(IntegerConvertor):
    """At most eighteen digits, for which every bigint has room; more would be an error of the database."""

    regex = "[0-9]{1,18}"


register_url_convertor("int", StorableInteger())
