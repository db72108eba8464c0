module example.org/pcf-dev

go 1.19

require github.com/aboveboard/aboveboard/packages/go v0.0.0

replace github.com/aboveboard/aboveboard/packages/go => ../../../packages/go
