"""What the figures of bench/pressure share, and which there are. Each has a module of its own, pressure_<figure>.py, with
a function from a Bench to its rows."""

from harness import pressure_goodput, pressure_greedy, pressure_hung, pressure_idle, pressure_storm, pressure_upgrades
from harness.pressure_bench import Bench  # noqa: F401: bench/pressure makes it

# By name, as --only takes them.
FIGURES = {"goodput": pressure_goodput.goodput, "greedy": pressure_greedy.greedy, "hung": pressure_hung.hung, "idle": pressure_idle.idle,
           "storm": pressure_storm.storm, "upgrades": pressure_upgrades.upgrades}
# What they start beside stanzagate, sink_server and load_client; it is built, too.
PROGRAMS = ["stanzanode"]
SECONDS_MAX = 1_800
