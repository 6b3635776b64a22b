module gantry.example/downloads

go 1.24

require gantry.example/sdk v0.0.0

replace gantry.example/sdk => ../../../plugins/sdk-go
