"""The types that _native.pyi tells of are those that the extension has."""

import ast

from conftest import SOURCE

import statestone._native as native

STUBS = ast.parse((SOURCE / "python" / "statestone" / "_native.pyi").read_text())


def public_names(thing):
    return {name for name in vars(thing) if not name.startswith("_")}


def test_the_stubs_name_what_the_extension_has():
    told = {node.name: node for node in STUBS.body if hasattr(node, "name")}
    values = {node.target.id for node in STUBS.body if isinstance(node, ast.AnnAssign)}
    assert told.keys() | values == public_names(native)
    for name, node in told.items():
        if isinstance(node, ast.ClassDef):
            members = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
            found = public_names(getattr(native, name))
            assert {member for member in members if not member.startswith("_")} == found, name


def test_the_stubs_name_the_arguments_of_functions():
    checked = 0
    for node in STUBS.body:
        if isinstance(node, ast.FunctionDef):
            signature = getattr(native, node.name).__nb_signature__[0][0]
            for argument in node.args.args:
                assert f"{argument.arg}:" in signature, (node.name, argument.arg)
                checked += 1
    assert checked > 30


def test_every_module_of_the_package_says_what_it_is():
    for path in sorted((SOURCE / "python" / "statestone").glob("*.py")):
        assert ast.get_docstring(ast.parse(path.read_text())), path.name
