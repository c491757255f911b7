"""htrun: runs Postman collections from the command line and from Python, without Node."""

__version__ = "0.1.0"
