"""A multipart form's fields; knows no network."""

from email import policy
from email.parser import BytesParser

from piquet.wall.calls import Call


def fields_of(call: Call) -> dict[str, tuple[bytes, str]]:
    """Each field's bytes and media type, by name; empty where the body is no multipart form."""
    if call.content_type != "multipart/form-data":
        return {}
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=policy.HTTP).parsebytes(head + call.body)
    return {
        part.get_param("name", header="content-disposition"): (
            part.get_payload(decode=True) or b"",
            part.get_content_type(),
        )
        for part in form.iter_parts()
    }
