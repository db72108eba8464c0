"""Records what a manifest declares, through the agent that is installed beside it.

Programs use the module that `aboveboard manifest types --language python` writes.
"""

from ._client import *
from ._values import *
