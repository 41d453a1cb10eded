"""Peak memory of converting a published checkpoint, over that of the program doing nothing."""

from program import MODELS, STATESTONE, peak_memory
from report import against


def measure(report, folder):
    source = MODELS / "full.pth"
    idle, idle_own = peak_memory(STATESTONE, "--version")
    target = folder / "crepe.stone"
    peak, own = peak_memory(STATESTONE, "convert", "--quiet", source, target)
    report.section(
        f"Peak memory of converting crepe ({source.stat().st_size / 2**20:.0f} MiB)",
        ["what", "MiB", "target"],
    )
    over = (peak - idle) / 2**20
    report.row("over the idle program, the mapped source counted", f"{over:.1f}",
               against(round(over, 1), 100, at_most=True))
    report.row("of its own, sampled, mapped files left out", f"{(own - idle_own) / 2**20:.1f}", "")
