"""From a resolved request to bytes on the wire and back. ``requests_transport`` is the only importer of requests."""
