// The argocd client, without the servers that upstream's binary holds beside it.
package main

import (
	"errors"
	"os"
	"os/exec"

	"github.com/argoproj/argo-cd/v3/cmd/argocd/commands"
)

func main() {
	command := commands.NewCommand()
	command.SilenceErrors = true
	command.SilenceUsage = true
	err := command.Execute()
	if err == nil {
		return
	}
	// Prints the error as upstream's main does.
	plugins := commands.NewDefaultPluginHandler([]string{"argocd"})
	err = plugins.HandleCommandExecutionError(err, true, os.Args)
	if err == nil {
		return
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	os.Exit(1)
}
