"""Time stamps across wraps, jumps, stands and reconnects."""

from custom_components.mesh_call.media.timeline import Timeline


def test_starts_by_arrival_and_follows_the_camera_across_the_wrap() -> None:
    timeline = Timeline(90_000, epoch=100.0)
    first = timeline.map(2**32 - 1_800, 101.0)
    assert first == 90_000
    rebased = [timeline.rebased]
    assert timeline.map(1_800, 101.5) == first + 3_600
    assert [*rebased, timeline.rebased] == [True, False]
    assert timeline.map(1_800, 101.5, begins=False) == first + 3_600


def test_a_reconnect_adds_the_gap_and_never_goes_back() -> None:
    timeline = Timeline(8_000, epoch=0.0)
    timeline.map(0, 1.0)
    last = timeline.map(160, 1.02)
    timeline.restart()
    assert timeline.map(5_000_000, 4.0) == 32_000
    timeline.restart()
    assert timeline.map(77, 0.5) == 32_001 > last


def test_backward_steps_count_by_arrival() -> None:
    timeline = Timeline(90_000, epoch=0.0)
    timeline.map(1_000_000, 1.0)
    stamps = [timeline.map(1_000_000 - 3_600 * n, 1.0 + 0.04 * n) for n in range(1, 20)]
    assert stamps == [90_000 + 3_600 * n for n in range(1, 20)]


def test_standing_still_counts_by_arrival_after_a_while() -> None:
    timeline = Timeline(90_000, epoch=0.0, patience=1.0)
    stamps = [timeline.map(5, 0.04 * n) for n in range(100)]
    assert stamps[20] == stamps[0]
    assert stamps[-1] > 90_000 * 2
    assert sorted(stamps) == stamps


def test_leaps_count_by_arrival() -> None:
    timeline = Timeline(90_000, epoch=0.0)
    timeline.map(0, 0.0)
    assert timeline.map(90_000 * 100, 0.04) == 3_600
    assert timeline.rebased
    assert timeline.map(90_000 * 100 + 3_600, 0.08) == 7_200


def test_a_burst_after_a_pause_keeps_the_cameras_time() -> None:
    timeline = Timeline(90_000, epoch=0.0)
    timeline.map(0, 0.0)
    assert timeline.map(3_600, 2.5) == 3_600
    assert timeline.map(7_200, 2.5) == 7_200


def test_reports_are_placed() -> None:
    timeline = Timeline(90_000, epoch=0.0)
    assert timeline.locate(5) is None
    timeline.map(1_000, 1.0)
    assert timeline.locate(1_900) == 90_900
    assert timeline.locate(100) == 89_100
    assert timeline.locate(1_000 + 90_000 * 60) is None


def test_reordered_pictures_keep_their_distances() -> None:
    timeline = Timeline(90_000, 0.0)
    timeline.reordered = True
    shown = [0, 10_800, 3_600, 7_200, 21_600, 14_400, 18_000]
    placed = [timeline.map(1_000 + t, n * 0.04) for n, t in enumerate(shown)]
    assert [place - placed[0] for place in placed] == shown
    assert not timeline.rebased
    timeline.map(1_000, 1.0)
    timeline.map(90_000 * 8, 1.1)
    assert timeline.rebased
