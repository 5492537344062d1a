"""The kinds of nodes: how each gets into a workflow, and what comes out of it."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nipype.interfaces.utility as niu
import nipype.pipeline.engine as pe

from tests.interfaces.matrix.samples import Sample

Add = Callable[[pe.Workflow, Sample, list[str], Path], None]


@dataclass(frozen=True)
class Kind:
    """A kind of node.

    The last node has the name of the sample; `expected` is what its outputs show, in the order of
    their folders.
    """

    name: str
    add: Add
    expected: Callable[[Sample, list[str]], list[Any]]
    impossible: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "".join(letter if letter.isalnum() else "_" for letter in self.name).lower()


def ready(sample: Sample, images: list[str]) -> Any:
    image, second = sample.pairs(images)[0]
    return sample.make(**{sample.image: image, sample.second: second})


def first(sample: Sample, images: list[str]) -> list[Any]:
    return [sample.expected(*sample.pairs(images)[0])]


def every(sample: Sample, images: list[str]) -> list[Any]:
    return [sample.expected(*pair) for pair in sample.pairs(images)]


def add_node(workflow, sample, images, _folder):
    workflow.add_nodes([pe.Node(ready(sample, images), sample.name)])


def add_mapnode(workflow, sample, images, _folder):
    interface = sample.make(**{sample.second: sample.seconds(images)[0]})
    mapped = pe.MapNode(interface, [sample.image], sample.name)
    setattr(mapped.inputs, sample.image, images)
    workflow.add_nodes([mapped])


def mapped_expected(sample, images):
    return [[sample.expected(image, sample.seconds(images)[0]) for image in images]]


def add_mapnode_of_several(workflow, sample, images, _folder):
    mapped = pe.MapNode(sample.make(), [sample.image, sample.second], sample.name)
    setattr(mapped.inputs, sample.image, images)
    setattr(mapped.inputs, sample.second, sample.seconds(images))
    workflow.add_nodes([mapped])


def by_formula(sample, images):
    return [sample.expected(images[0], 1), sample.expected(images[0], 2)]


def add_mapnode_of_formulas(workflow, sample, images, _folder):
    mapped = pe.MapNode(sample.over_formulas(images[0]), ["formula"], sample.name)
    mapped.inputs.formula = list(sample.formulas)
    workflow.add_nodes([mapped])


def add_iterable_formulas(workflow, sample, images, _folder):
    math = pe.Node(sample.over_formulas(images[0]), sample.name)
    math.iterables = ("formula", list(sample.formulas))
    workflow.add_nodes([math])


def add_mapnode_of_lists(workflow, sample, images, _folder):
    mapped = pe.MapNode(sample.join.make(images), [sample.join.field], sample.name)
    setattr(mapped.inputs, sample.join.field, [images, images[:1]])
    workflow.add_nodes([mapped])


def lists_expected(sample, images):
    return [[sample.join.expected(images), sample.join.expected(images[:1])]]


def add_nested_mapnode(workflow, sample, images, _folder):
    interface = sample.make(**{sample.second: sample.seconds(images)[0]})
    mapped = pe.MapNode(interface, [sample.image], sample.name, nested=True)
    setattr(mapped.inputs, sample.image, [[image] for image in images])
    workflow.add_nodes([mapped])


def nested_expected(sample, images):
    return [[[one] for one in mapped_expected(sample, images)[0]]]


def add_joinnode(workflow, sample, images, _folder):
    join = sample.join
    source = pe.Node(niu.IdentityInterface(["value"]), f"{sample.name}_values")
    source.iterables = ("value", join.values(images))
    joined = pe.JoinNode(
        join.make(images), sample.name, joinsource=source.name, joinfield=join.field
    )
    workflow.connect(source, "value", joined, join.field)


def joined_expected(sample, images):
    return [sample.join.expected(images)]


def add_iterables(workflow, sample, images, _folder):
    repeated = pe.Node(sample.make(), sample.name, synchronize=True)
    repeated.iterables = [(sample.image, images), (sample.second, sample.seconds(images))]
    workflow.add_nodes([repeated])


def add_subworkflow(workflow, sample, images, _folder):
    inner = pe.Workflow(f"{sample.name}_inner")
    inputs = pe.Node(niu.IdentityInterface([sample.image, sample.second]), "inputnode")
    last = pe.Node(sample.make(), sample.name)
    names = [sample.image, sample.second]
    inner.connect(inputs, names[0], last, names[0])
    inner.connect(inputs, names[1], last, names[1])
    source = pe.Node(niu.IdentityInterface(names), f"{sample.name}_outer")
    for name, value in zip(names, sample.pairs(images)[0], strict=True):
        setattr(source.inputs, name, value)
        workflow.connect(source, name, inner, f"inputnode.{name}")


def add_clones(workflow, sample, images, _folder):
    inner = pe.Workflow(f"{sample.name}_original")
    inner.add_nodes([pe.Node(ready(sample, images), "original").clone(sample.name)])
    other = inner.clone(f"{sample.name}_workflow")
    for name, value in zip((sample.image, sample.second), sample.pairs(images)[1], strict=True):
        setattr(other.get_node(sample.name).inputs, name, value)
    workflow.add_nodes([inner, other])


def add_exported(workflow, sample, images, folder):
    written = pe.Workflow(f"{sample.name}_exported")
    written.add_nodes([pe.Node(ready(sample, images), sample.name)])
    script = folder / f"{sample.name}.py"
    written.export(str(script))
    # Nipype writes every node, but adds only connected ones to the workflow.
    found = runpy.run_path(str(script)).values()
    (again,) = (value for value in found if isinstance(value, pe.Node))
    workflow.add_nodes([again.clone(sample.name)])


def add_loaded(workflow, sample, images, folder):
    saved = pe.Node(ready(sample, images), sample.name, base_dir=str(folder))
    saved.save(str(folder / f"{sample.name}.pklz"))
    workflow.add_nodes([pe.Node.load(str(folder / f"{sample.name}.pklz"))])


def add_named_class(workflow, sample, images, _folder):
    image, second = sample.pairs(images)[0]
    interface = sample.cls(**{sample.image: image, sample.second: second})
    workflow.add_nodes([pe.Node(interface, sample.name)])


NO_FORMULA = "it has no formula"
NO_LIST = "it takes one file; give the list to a MathImg, or map over it"
WITHOUT_FORMULA = {"CopyHeader": NO_FORMULA, "CompareHeaders": NO_FORMULA}

KINDS = (
    Kind("Node", add_node, first),
    Kind("MapNode, one field", add_mapnode, mapped_expected),
    Kind("MapNode, several fields", add_mapnode_of_several, lambda s, i: [every(s, i)]),
    Kind(
        "MapNode over formulas",
        add_mapnode_of_formulas,
        lambda s, i: [by_formula(s, i)],
        WITHOUT_FORMULA,
    ),
    Kind(
        "MapNode, list of lists",
        add_mapnode_of_lists,
        lists_expected,
        {"CopyHeader": NO_LIST, "CompareHeaders": NO_LIST},
    ),
    Kind("MapNode, nested=True", add_nested_mapnode, nested_expected),
    Kind("JoinNode", add_joinnode, joined_expected, {"CompareHeaders": NO_LIST}),
    Kind("iterables", add_iterables, every),
    Kind("iterables over formulas", add_iterable_formulas, by_formula, WITHOUT_FORMULA),
    Kind("sub-workflow", add_subworkflow, first),
    Kind("clone of node and workflow", add_clones, every),
    Kind("Workflow.export", add_exported, first),
    Kind("Node.save/load", add_loaded, first),
    Kind(
        "class of mathimg_class",
        add_named_class,
        first,
        {"CopyHeader": "it is such a class itself", "CompareHeaders": "it is such a class itself"},
    ),
)
