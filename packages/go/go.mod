module github.com/aboveboard/aboveboard/packages/go

go 1.19
