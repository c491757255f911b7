"""``htrun check``: what is wrong with a collection, found without sending anything.

``rules.RULES`` is the table of all rules, with a family of them in each file; ``run.check`` applies them.
"""
