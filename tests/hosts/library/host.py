"""A program that loads a library and knows nothing of telemetry. Were it started a second time, its file would show it."""

import ctypes
import sys

with open("starts", "a") as starts:
    starts.write("started\n")
# What lies in the working directory is nothing that a library may run.
with open("telemetry-deliver", "w") as trap:
    trap.write('open("executed", "w")\n')
library = ctypes.CDLL(sys.argv[1])
library.library_total.argtypes = [ctypes.c_int64, ctypes.c_int64]
library.library_total.restype = ctypes.c_int64
print(library.library_total(40, 2))
