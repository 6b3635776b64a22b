module gantry.example/sdk

go 1.24
