"""``dataclasses`` for this package: the same classes, defined in a twentieth of the time.

The standard library writes and compiles six functions for every frozen class while its module is imported. For
the hundred classes of a run that took 40 ms, more than a quarter of a short run. Here ``__init__`` is compiled
when the first instance is made, and the rest is shared by all classes. What it can is what this package uses:
``dataclass(frozen=..., slots=True)``, defaults, ``field(default_factory=...)``, inheritance, ``replace``,
``fields``. The standard library's own functions accept the classes too, and type checkers see nothing but it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, field, fields, replace
else:
    from operator import attrgetter

    _MISSING = object()

    class _Default:
        """What ``field`` says about a field."""

        __slots__ = ("compare", "factory", "repr", "value")

        def __init__(self, value=_MISSING, factory=_MISSING, repr=True, compare=True):
            self.value, self.factory, self.repr, self.compare = value, factory, repr, compare

    def field(*, default=_MISSING, default_factory=_MISSING, repr=True, compare=True):
        return _Default(default, default_factory, repr, compare)

    def dataclass(*, frozen=False, slots):
        """Makes a slotted dataclass of the class that it decorates."""
        assert slots
        return lambda cls: _slotted(cls, frozen)

    def replace(record, /, **changes):
        for name in record.__match_args__:
            if name not in changes:
                changes[name] = getattr(record, name)
        return record.__class__(**changes)

    def fields(record):
        return tuple(record.__dataclass_fields__.values())

    class _StandardFields:
        """``__dataclass_fields__``, by which the standard library knows a dataclass; made when asked for."""

        def __get__(self, _, cls):
            import dataclasses

            made = {}
            for name, default in cls._defaults_.items():
                standard = dataclasses.field(
                    repr=default.repr,
                    compare=default.compare,
                    **({} if default.value is _MISSING else {"default": default.value}),
                    **({} if default.factory is _MISSING else {"default_factory": default.factory}),
                )
                standard.name, standard.type = name, cls._types_[name]
                standard._field_type = dataclasses._FIELD
                made[name] = standard
            return made

    def _slotted(cls, frozen):
        members = dict(cls.__dict__)
        own = members.get("__annotations__") or getattr(cls, "__annotations__", {})
        base = cls.__bases__[0]
        defaults = dict(getattr(base, "_defaults_", {}))
        for name in own:
            given = members.pop(name, _MISSING)
            defaults[name] = given if isinstance(given, _Default) else _Default(given)
        for name in ("__dict__", "__weakref__"):
            members.pop(name, None)
        names = tuple(defaults)
        members["__slots__"] = tuple(name for name in own if name not in getattr(base, "_defaults_", {}))
        members["__qualname__"] = cls.__qualname__
        members["__match_args__"] = names
        members["__dataclass_fields__"] = _StandardFields()
        members["_defaults_"] = defaults
        members["_types_"] = {**getattr(base, "_types_", {}), **own}
        members["_values_"] = staticmethod(_getter(tuple(name for name in names if defaults[name].compare)))
        members.setdefault("__repr__", _repr)
        if "__eq__" not in members:
            members["__eq__"] = _eq
            members.setdefault("__hash__", _hash if frozen else None)
        if frozen:
            members["__setattr__"], members["__delattr__"] = _refuse, _refuse
            members["__getstate__"], members["__setstate__"] = _getstate, _setstate

        def __init__(self, *args, **kwargs):
            made.__init__ = _compiled_init(made)
            made.__init__(self, *args, **kwargs)

        members["__init__"] = __init__
        made = type(cls)(cls.__name__, cls.__bases__, members)
        return made

    def _getter(names):
        if len(names) > 1:
            return attrgetter(*names)
        return (lambda record: (getattr(record, names[0]),)) if names else (lambda record: ())

    def _compiled_init(cls):
        # the descriptors of slots set a value past the __setattr__ of a frozen class, and quicker than that
        space = {"_missing": _MISSING}
        head, body = [], []
        for name, default in cls._defaults_.items():
            space[f"_set_{name}"] = getattr(cls, name).__set__
            value = name
            if default.factory is not _MISSING:
                space[f"_make_{name}"] = default.factory
                head.append(f"{name}=_missing")
                value = f"_make_{name}() if {name} is _missing else {name}"
            elif default.value is not _MISSING:
                space[f"_default_{name}"] = default.value
                head.append(f"{name}=_default_{name}")
            else:
                head.append(name)
            body.append(f" _set_{name}(self, {value})")
        exec(f"def __init__({', '.join(['self', *head])}):\n" + "\n".join(body or [" pass"]), space)
        made = space["__init__"]
        made.__qualname__ = f"{cls.__qualname__}.__init__"
        return made

    def _repr(self):
        shown = (f"{name}={getattr(self, name)!r}" for name, given in self._defaults_.items() if given.repr)
        return f"{self.__class__.__qualname__}({', '.join(shown)})"

    def _eq(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self is other or self._values_(self) == self._values_(other)

    def _hash(self):
        return hash(self._values_(self))

    def _refuse(self, name, *_):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot change field {name!r}")

    def _getstate(self):
        return [getattr(self, name) for name in self.__match_args__]

    def _setstate(self, state):
        for name, value in zip(self.__match_args__, state, strict=True):
            object.__setattr__(self, name, value)


__all__ = ["dataclass", "field", "fields", "replace"]
