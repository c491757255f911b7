"""The package's quick ``dataclass`` behaves as the standard library's: each test runs with both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from runner.model import records

MODULES = [pytest.param(records, id="ours"), pytest.param(dataclasses, id="standard library")]


@records.dataclass(frozen=True, slots=True)
class Ours:
    a: int
    b: str = "x"


def make(module: Any) -> tuple[Any, Any, Any]:
    @module.dataclass(frozen=True, slots=True)
    class Base:
        a: int
        b: str = "x"
        c: dict[str, int] = module.field(default_factory=dict)
        hidden: int = module.field(default=0, repr=False, compare=False)

        @property
        def twice(self) -> int:
            return self.a * 2

    @module.dataclass(frozen=True, slots=True)
    class Derived(Base):
        d: int = 4
        b: str = "y"

    @module.dataclass(slots=True)
    class Mutable:
        only: list[int] = module.field(default_factory=list)

    return Base, Derived, Mutable


@pytest.mark.parametrize("module", MODULES)
def test_as_the_standard_library(module: Any) -> None:
    base, derived, mutable = make(module)
    one = base(1)
    assert repr(one) == "make.<locals>.Base(a=1, b='x', c={})"
    assert (one.a, one.b, one.c, one.hidden, one.twice) == (1, "x", {}, 0, 2)
    assert one == base(a=1, hidden=7)
    assert one != base(2)
    assert one != derived(1)
    assert one != (1, "x", {}, 0)
    assert base(1).c is not base(1).c
    assert module.replace(one, b="z", c={"k": 1}) == base(1, "z", {"k": 1})
    assert [field.name for field in module.fields(derived)] == ["a", "b", "c", "hidden", "d"]
    assert derived.__match_args__ == ("a", "b", "c", "hidden", "d")
    assert (derived(1).b, derived(1).d) == ("y", 4)
    assert isinstance(derived(1), base)
    match derived(5):
        case base(a, b):
            assert (a, b) == (5, "y")
    changing = mutable()
    changing.only = [1]
    assert changing == mutable([1])
    assert changing.only is not mutable().only


@pytest.mark.parametrize("module", MODULES)
def test_what_is_refused(module: Any) -> None:
    base, _, mutable = make(module)
    one = base(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="'a'"):
        one.a = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="'a'"):
        del one.a
    with pytest.raises((AttributeError, TypeError)):
        object.__setattr__(mutable(), "other", 1)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        base()
    with pytest.raises(TypeError, match="unexpected keyword argument 'zz'"):
        module.replace(one, zz=1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(mutable())
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)  # a dict is in it


def test_the_standard_library_takes_them() -> None:
    one = Ours(1)
    assert dataclasses.is_dataclass(one)
    assert dataclasses.asdict(one) == {"a": 1, "b": "x"}
    assert dataclasses.replace(one, b="y") == Ours(1, "y")
    assert hash(one) == hash(Ours(1)) != hash(Ours(2))
    assert copy.deepcopy(one) == one == pickle.loads(pickle.dumps(one))
