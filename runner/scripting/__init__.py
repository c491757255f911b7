"""Postman's scripting sandbox in an embedded V8, behind one small interface."""
