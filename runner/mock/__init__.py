"""A server that answers from the examples that are saved in a collection, as Postman's mock servers do.

``api`` is the table of what can be answered, ``match`` chooses from it, ``answer`` makes a response of the choice and
``server`` speaks HTTP. Nothing here sends anything.
"""
