"""The guided tour: a collection or workflow, one request at a time, with a person who decides."""
