"""Other tools' files as Postman collections: .http files, cURL commands, HAR, OpenAPI 3.

``detect`` recognises a format by its content, each format has its own modules, ``build`` makes the collection. What a
format has and a collection has not is not dropped in silence: it is told in the notes of the result.
"""
