"""Which functions of a service write which of its tables, and whom they serve: read from the source alone.

A path that no test runs is seen too. A row is written where its model is made, named in `insert`, `update` or
`delete`, or where something of that type has an attribute set, is sealed or deleted. What type a name has, say
annotations and the statement that it comes from; where neither does, that is an error here, not a guess.
"""

import ast
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.shape.test_layout import ROOT

Function = tuple[str, str]
"""Its module and its name."""
Types = Mapping[str, set[str]]
CHANGING = {"insert", "update", "delete", "upsert", "setattr"}
STATEMENTS = {*CHANGING, "select", "get"}
NOT_CODE = {"migrations", "templates", "texts", "static", "models"}


@dataclass
class Writer:
    """One function: what it writes, what it says it changed, and what of the service it names."""

    writes: set[str] = field(default_factory=set)
    says: set[str] = field(default_factory=set)
    names: set[Function] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)  # what it sets on something of no known type


class Source:
    """A service's modules, parsed; a class counts as one function of all its methods.

    `instead` puts other text in the place of a module's (a planted fault).
    """

    def __init__(self, service: str, instead: Mapping[str, str] | None = None) -> None:
        self.service, self.modules = service, dict(_modules(service, instead or {}))
        base = importlib.import_module(f"services.{service}.models").Base
        self.models = {one.class_.__name__: one.local_table for one in base.registry.mappers}
        self.functions = {
            (module, node.name): node
            for module, tree in self.modules.items()
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        }
        self.imported = {module: self._imports(tree) for module, tree in self.modules.items()}

    def writers(self, watched: set[str]) -> dict[Function, Writer]:
        """Every function, of these tables."""
        return {key: self._read(key, node, watched) for key, node in self.functions.items()}

    def _imports(self, tree: ast.Module) -> dict[str, str | Function]:
        known: dict[str, str | Function] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("services."):
                for one in node.names:
                    whole = f"{node.module}.{one.name}"
                    known[one.asname or one.name] = (
                        whole if whole in self.modules else (str(node.module), one.name)
                    )
        return known

    def _named(self, module: str, node: ast.AST) -> Function | None:
        """The function of this service that a name stands for."""
        if isinstance(node, ast.Name):
            found = self.imported[module].get(node.id, (module, node.id))
            return found if isinstance(found, tuple) and found in self.functions else None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            of = self.imported[module].get(node.value.id)
            return (of, node.attr) if isinstance(of, str) and (of, node.attr) in self.functions else None
        return None

    def _read(self, key: Function, node: ast.AST, watched: set[str]) -> Writer:
        found, types = Writer(), self._types(key[0], node)
        for part in ast.walk(node):
            named = self._named(key[0], part)
            if named is not None and named != key:
                found.names.add(named)
            match part:
                case ast.Call():
                    self._call(part, types, found)
                case ast.Attribute(value=value, attr=attr, ctx=ast.Store()):
                    name = value.id if isinstance(value, ast.Name) else ""
                    if name in types:
                        found.writes |= types[name]
                    elif any(attr in self._columns(table) for table in watched):
                        found.unclear.add(ast.unparse(part))
        found.writes &= watched
        return found

    def _call(self, call: ast.Call, types: Types, found: Writer) -> None:
        name, on = _called(call)
        first = call.args[0] if call.args else None
        if on is None and name in self.models:
            found.writes.add(self._table(name))
        elif name in CHANGING and isinstance(first, ast.Name):
            found.writes |= types.get(first.id) or {self._table(first.id)}
        elif name == "seal" and on is not None:
            if on not in types:
                found.unclear.add(ast.unparse(call.func))
            found.writes |= types.get(on, set())
        elif name == "changed" and len(call.args) > 1 and isinstance(call.args[1], ast.Constant):
            found.says.add(str(call.args[1].value))

    def _types(self, module: str, node: ast.AST) -> dict[str, set[str]]:
        """Name → tables, for what is a row (or several) of one, or stands for its model."""
        types: dict[str, set[str]] = {}
        for argument in (one for one in ast.walk(node) if isinstance(one, ast.arg)):
            if tables := self._annotated(argument.annotation):
                types[argument.arg] = set(tables)
        for _ in range(2):  # once more, for what comes from a name that is bound further down
            for target, value in _bindings(node):
                self._bind(module, target, value, types)
        return types

    def _bind(self, module: str, target: ast.expr, value: ast.expr, types: dict[str, set[str]]) -> None:
        if isinstance(target, ast.Name):
            if tables := self._type(module, value, types):
                types.setdefault(target.id, tables)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, its in zip(target.elts, value.elts, strict=False):
                self._bind(module, one, its, types)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Call):
            called = self._named(module, value.func)
            tables_in_order = self._returned(called)
            for one, table in zip(target.elts, tables_in_order, strict=False):
                if isinstance(one, ast.Name):
                    types.setdefault(one.id, {table})

    def _type(self, module: str, value: ast.expr, types: Types) -> set[str]:
        if isinstance(value, ast.Tuple):
            return {table for one in value.elts for table in self._type(module, one, types)}
        for part in ast.walk(value):
            if isinstance(part, ast.Call):
                name, _ = _called(part)
                called = self._named(module, part.func)
                if tables := self._returned(called):
                    return {tables[0]}
                first = part.args[0].id if part.args and isinstance(part.args[0], ast.Name) else ""
                for model in (name, first if name in STATEMENTS else ""):
                    if model in self.models:
                        return {self._table(model)}
            elif isinstance(part, ast.Name) and (part.id in types or part.id in self.models):
                return types.get(part.id) or {self._table(part.id)}
        return set()

    def _returned(self, called: Function | None) -> list[str]:
        node = self.functions[called] if called else None
        return self._annotated(node.returns) if isinstance(node, ast.FunctionDef) else []

    def _annotated(self, annotation: ast.expr | None) -> list[str]:
        named = ast.walk(annotation) if annotation is not None else ()
        return [self._table(one.id) for one in named if isinstance(one, ast.Name) and one.id in self.models]

    def _table(self, name: str) -> str:
        return str(self.models[name].name) if name in self.models else ""

    def _columns(self, table: str) -> set[str]:
        return {column.name for one in self.models.values() if one.name == table for column in one.columns}


def silent(writers: Mapping[Function, Writer], part_of: Mapping[str, str]) -> dict[Function, set[str]]:
    """What each function changes, itself or by others, that none of them on the way says: table names."""
    told = {key: _without(one.writes, one.says, part_of) for key, one in writers.items()}
    while True:
        wider = {
            key: told[key].union(*(_without(told[other], one.says, part_of) for other in one.names))
            for key, one in writers.items()
        }
        if wider == told:
            return told
        told = wider


def _without(tables: set[str], said: set[str], part_of: Mapping[str, str]) -> set[str]:
    return {one for one in tables if not {one, part_of.get(one)} & said}


def _called(call: ast.Call) -> tuple[str, str | None]:
    """The name that is called, and on which name, if on one."""
    match call.func:
        case ast.Name(id=name):
            return name, None
        case ast.Attribute(value=ast.Name(id=on), attr=name):
            return name, on
        case ast.Attribute(attr=name):
            return name, ""
    return "", None


def _bindings(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is bound to what: assignments, loops and comprehensions."""
    for part in ast.walk(node):
        match part:
            case ast.Assign(targets=[target], value=value) | ast.NamedExpr(target=target, value=value):
                yield target, value
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                yield target, value
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                yield target, value


def _modules(service: str, instead: Mapping[str, str]) -> Iterator[tuple[str, ast.Module]]:
    folder: Path = ROOT / "services" / service
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if NOT_CODE & set(parts[2:]):
            continue
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, _parsed(instead.get(name) or path.read_text())


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def key_of(view: Any) -> Function:
    """The function behind a route or a handler."""
    return view.__module__, view.__name__
