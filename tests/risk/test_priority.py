"""What comes first: the same weakness weighs by who can reach it and what it reaches."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from pipesec_tui.model.area import Area
from pipesec_tui.model.assessment import Assessment
from pipesec_tui.model.finding import Finding
from pipesec_tui.model.lineage import Certainty, Edge, EdgeKind, Lineage, Node, NodeKind, Trust, Where
from pipesec_tui.model.project import Dataset, Project, Sink, Source, Stage
from pipesec_tui.model.severity import Severity
from pipesec_tui.risk.factors import factors
from pipesec_tui.risk.priority import prioritize

Make = Callable[..., Finding]
Flow = Callable[..., Lineage]
Assess = Callable[..., Assessment]

CHAIN = "source:in > stage:clean > dataset:mid > stage:load > dataset:end"
FILES = {"clean": "clean.py", "load": "load.py"}
SHOP = Project(
    sources=(Source(name="in", trust=Trust.UNTRUSTED),),
    stages=(
        Stage(name="clean", pipeline="feedback", run=("python", "clean.py"), cwd="etl", reads=("in",), writes=("mid",)),
        Stage(name="load", run=("python", "load.py"), reads=("mid",), writes=("warehouse",)),
        Stage(name="tidy", run=("sh", "tidy.sh")),
    ),
    sinks=(Sink(name="warehouse", exposures=("churn-model", "weekly-report"), owner="data"),),
)


def first(assessment: Assessment, project: Project | None = None) -> Finding:
    return prioritize(assessment, project or Project()).findings[0]


def priority(assessment: Assessment, project: Project | None = None) -> float:
    found = first(assessment, project).priority
    assert found is not None
    return found


def test_without_lineage_priority_is_severity_times_confidence(weakness: Make, assess: Assess) -> None:
    assert priority(assess(weakness(severity=Severity.HIGH))) == 7.6


def test_a_cvss_vector_counts_more_exactly_than_the_band(weakness: Make, assess: Assess) -> None:
    vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
    assert priority(assess(weakness(cvss=vector, severity=Severity.LOW))) == 9.3


@pytest.mark.parametrize(
    ("trust", "expected"), [(Trust.UNTRUSTED, 1.0), (Trust.PARTNER, 0.85), (None, 0.75), (Trust.INTERNAL, 0.55)]
)
def test_the_less_a_source_is_trusted_the_more_it_exposes(
    weakness: Make, assess: Assess, flow: Flow, trust: Trust | None, expected: float
) -> None:
    lineage = flow(CHAIN, trust={"in": trust} if trust else {}, files=FILES)
    assert factors(assess(lineage=lineage), Project(), weakness()).exposure == pytest.approx(expected)


def test_a_stage_that_validates_shields_those_behind_it_but_not_itself(
    weakness: Make, assess: Assess, flow: Flow
) -> None:
    lineage = flow(CHAIN, trust={"in": Trust.UNTRUSTED}, files=FILES)
    project = Project(stages=(Stage(name="clean", quarantine="rejects.jsonl"),))
    behind = factors(assess(lineage=lineage), project, weakness("load.py"))
    assert behind.exposure == pytest.approx(0.5 + 0.5 * 0.7)
    assert "validated by clean" in behind.words.exposure
    assert factors(assess(lineage=lineage), project, weakness("clean.py")).exposure == 1.0


def test_a_way_around_the_validation_counts(weakness: Make, assess: Assess, flow: Flow) -> None:
    lineage = flow(CHAIN, "source:in > dataset:raw > stage:load", trust={"in": Trust.UNTRUSTED}, files=FILES)
    project = Project(stages=(Stage(name="clean", quarantine="rejects.jsonl"),))
    assert factors(assess(lineage=lineage), project, weakness("load.py")).exposure == 1.0


def test_writing_a_dataset_with_a_schema_is_validation(weakness: Make, assess: Assess) -> None:
    project = structs.replace(SHOP, datasets=(Dataset(name="mid", schema="mid.schema.json"),))
    assert factors(assess(), project, weakness("load.py")).exposure == pytest.approx(0.85)


def test_the_most_exposed_of_several_sources_decides(weakness: Make, assess: Assess, flow: Flow) -> None:
    trust = {"in": Trust.INTERNAL, "mail": Trust.PARTNER}
    lineage = flow(CHAIN, "source:mail > stage:clean", trust=trust, files=FILES)
    found = factors(assess(lineage=lineage), Project(), weakness())
    assert found.exposure == pytest.approx(0.85)
    assert found.path[0].name == "mail"


def test_a_dead_corner_weighs_less_than_an_exposed_stage(weakness: Make, assess: Assess) -> None:
    corner = factors(assess(), SHOP, weakness("tidy.sh"))
    assert corner.exposure == 0.5
    assert "dead corner" in corner.words.exposure
    assert corner.priority < factors(assess(), SHOP, weakness("etl/clean.py")).priority


def test_without_any_known_source_no_stage_is_a_dead_corner(weakness: Make, assess: Assess, flow: Flow) -> None:
    lineage = flow("dataset:a > stage:clean > dataset:b", files={"clean": "clean.py"})
    assert factors(assess(lineage=lineage), Project(), weakness()).exposure == 1.0


def test_what_concerns_no_single_stage_is_neutral(weakness: Make, assess: Assess) -> None:
    pinned = weakness("requirements.txt", area=Area.DEPENDENCIES, severity=Severity.HIGH)
    assert priority(assess(pinned), SHOP) == 7.6
    assert factors(assess(), SHOP, pinned).path == factors(assess(), Project(), pinned).path


def test_a_package_weighs_as_the_stage_that_imports_it(weakness: Make, assess: Assess) -> None:
    used = weakness("requirements.txt", area=Area.DEPENDENCIES, evidence={"imported_in": ["etl/clean.py", "tidy.sh"]})
    found = first(assess(used), SHOP)
    assert (found.location.stage, found.location.path) == ("clean", "requirements.txt")
    assert factors(assess(), SHOP, used).exposure == 1.0


def test_a_finding_names_its_stage_and_who_depends_on_its_data(weakness: Make, assess: Assess) -> None:
    found = first(assess(weakness("etl/clean.py")), SHOP)
    assert (found.location.stage, found.location.pipeline) == ("clean", "feedback")
    assert found.blast_radius == ("warehouse", "mid")
    assert found.exposed_to == ("churn-model", "weekly-report")


def test_a_finding_where_a_dataset_is_read_names_the_dataset(weakness: Make, assess: Assess, flow: Flow) -> None:
    lineage = flow(CHAIN, files=FILES)
    edges = tuple(structs.replace(edge, where=(Where("load.py", 7),)) for edge in lineage.edges if "mid" in edge.source)
    seen = structs.replace(lineage, edges=(*lineage.edges[:2], *edges, lineage.edges[3]))
    assert first(assess(weakness("load.py", 7), lineage=seen)).location.dataset == "mid"
    assert first(assess(weakness("load.py", 8), lineage=seen)).location.dataset is None


def test_the_path_leads_from_the_source_through_the_finding_to_the_sink(weakness: Make, assess: Assess) -> None:
    path = factors(assess(), SHOP, weakness("etl/clean.py")).path
    assert [step.name for step in path] == ["in", "clean", "eval here", "mid", "load", "warehouse"]


def test_what_the_lineage_found_and_what_is_declared_are_one_node(weakness: Make, assess: Assess) -> None:
    uri = "s3://shop/in/*.csv"
    node = Node(id=f"source:{uri}", kind=NodeKind.SOURCE, name=uri)
    stage = Node(id="stage:clean", kind=NodeKind.STAGE, name="clean", where=(Where("etl/clean.py", 1),))
    edge = Edge(source=node.id, target=stage.id, kind=EdgeKind.READS, certainty=Certainty.LITERAL)
    project = Project(sources=(Source(name="in", uri=uri, trust=Trust.UNTRUSTED),))
    assessment = assess(lineage=Lineage(nodes=(node, stage), edges=(edge,)))
    found = factors(assessment, project, weakness("etl/clean.py"))
    assert (found.exposure, found.path[0].name) == (1.0, uri)


def test_prioritizing_twice_changes_nothing(weakness: Make, assess: Assess) -> None:
    once = prioritize(assess(weakness("etl/clean.py"), weakness("load.py"), weakness("other.py")), SHOP)
    assert prioritize(once, SHOP) == once


# Small flows of all shapes, cycles included: sources s0 and s1, stages t0 to t3, datasets d0 to d3.
stages = st.sampled_from([f"stage:t{i}" for i in range(4)])
datasets = st.sampled_from([f"dataset:d{i}" for i in range(4)])
sources = st.sampled_from(["source:s0", "source:s1"])
ways = st.sets(
    st.one_of(st.tuples(sources, stages), st.tuples(stages, datasets), st.tuples(datasets, stages)), min_size=1
)
trusts = st.sampled_from([None, *Trust])
Ways = set[tuple[str, str]]


@pytest.fixture(scope="module")
def shaped() -> Callable[[Ways, Trust | None], Lineage]:
    def make(edges: Ways, trust: Trust | None) -> Lineage:
        kinds = {kind.value: kind for kind in NodeKind}
        names = sorted({name for edge in edges for name in edge} | {"source:s0", "source:s1"})
        nodes = tuple(
            Node(id=name, kind=kinds[name.partition(":")[0]], name=name.partition(":")[2],
                 trust=trust if name.startswith("source:") else None,
                 where=(Where(f"{name.partition(':')[2]}.py", 1),) if name.startswith("stage:") else ())
            for name in names
        )  # fmt: skip
        return Lineage(
            nodes=nodes,
            edges=tuple(
                Edge(source=a, target=b, kind=EdgeKind.READS, certainty=Certainty.BOUND) for a, b in sorted(edges)
            ),
        )

    return make


@pytest.fixture(scope="module")
def of_stages(shaped: Callable[[Ways, Trust | None], Lineage]) -> Callable[[Ways, Trust | None, Project], list[float]]:
    """Priorities of one weakness in each of the four stages."""
    from pipesec_tui.model.assessment import AssessmentInfo, AssessmentStatus
    from pipesec_tui.model.finding import Identity, Location
    from pipesec_tui.model.severity import Confidence

    info = AssessmentInfo(id="A", project="p", branch=None, status=AssessmentStatus.COMPLETE, started_at="",
                          finished_at=None, commit=None, pipesec="")  # fmt: skip
    findings = tuple(
        Finding(id=str(i), identity=Identity(anchor=str(i)), rule="r", check="sast", asset=f"file:t{i}.py",
                area=Area.SAST, severity=Severity.HIGH, confidence=Confidence.HIGH, title="", message="",
                location=Location(path=f"t{i}.py"))
        for i in range(4)
    )  # fmt: skip

    def priorities(edges: Ways, trust: Trust | None, project: Project) -> list[float]:
        assessment = Assessment(assessment=info, findings=findings, lineage=shaped(edges, trust))
        return [finding.priority or 0.0 for finding in prioritize(assessment, project).findings]

    return priorities


Priorities = Callable[[Ways, Trust | None, Project], list[float]]
QUARANTINE = Project(stages=(Stage(name="t1", quarantine="q"), Stage(name="t3", quarantine="q")))


@given(edges=ways, trust=trusts)
def test_distrusting_the_sources_never_lowers_a_priority(
    of_stages: Priorities, edges: Ways, trust: Trust | None
) -> None:
    before = of_stages(edges, trust, QUARANTINE)
    after = of_stages(edges, Trust.UNTRUSTED, QUARANTINE)
    assert all(a <= b for a, b in zip(before, after, strict=True))


@given(edges=ways, more=ways)
def test_more_flow_of_untrusted_data_never_lowers_a_priority(of_stages: Priorities, edges: Ways, more: Ways) -> None:
    every = {(f"dataset:d{i}", f"stage:t{i}") for i in range(4)} | edges
    before = of_stages(every, Trust.UNTRUSTED, QUARANTINE)
    after = of_stages(every | more, Trust.UNTRUSTED, QUARANTINE)
    assert all(a <= b for a, b in zip(before, after, strict=True))


@given(edges=ways, trust=trusts)
def test_a_priority_stays_between_0_and_10(of_stages: Priorities, edges: Ways, trust: Trust | None) -> None:
    assert all(0 <= found <= 10 for found in of_stages(edges, trust, QUARANTINE))
