module gantry.example/health-lua

go 1.24

require (
	gantry.example/sdk v0.0.0
	github.com/yuin/gopher-lua v1.1.1
	layeh.com/gopher-json v0.0.0-20190114024228-97fed8db8427
)

replace gantry.example/sdk => ../sdk-go
