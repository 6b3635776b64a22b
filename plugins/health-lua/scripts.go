package main

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"gantry.example/sdk/health"
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

const (
	scriptFile = "health.lua"
	// chunkName is what errors call a script, as in Argo CD.
	chunkName = "<string>"
)

// script is one health.lua, compiled; or why it cannot be.
type script struct {
	proto *lua.FunctionProto
	err   error
}

// scripts finds the script of a kind. Each is read and compiled once.
type scripts struct {
	root fs.FS
	// compiled has the kinds that were asked for, by folder; nil: there is no script for it.
	compiled map[string]*script
	// wildcards are the folders with _ in their path, in order: the first that matches counts. Read
	// when the first kind has no folder of its own.
	wildcards func() []string
}

func newScripts(root fs.FS) *scripts {
	s := &scripts{root: root, compiled: map[string]*script{}}
	s.wildcards = sync.OnceValue(func() []string {
		folders, _ := s.folders()
		return slices.DeleteFunc(folders, func(folder string) bool { return !strings.Contains(folder, "_") })
	})
	return s
}

// claims are the kinds that have a script. Without a folder of scripts there are none.
func (s *scripts) claims() ([]health.GroupKind, error) {
	folders, err := s.folders()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	claims := make([]health.GroupKind, len(folders))
	for index, folder := range folders {
		group, kind := path.Split(pattern(folder))
		claims[index] = health.GroupKind{Group: strings.TrimSuffix(group, "/"), Kind: kind}
	}
	return claims, err
}

// folders has <group>/<Kind> of every script, and <Kind> of the core group, in order.
func (s *scripts) folders() ([]string, error) {
	groups, err := fs.ReadDir(s.root, ".")
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, group := range groups {
		if s.hasScript(group.Name()) {
			folders = append(folders, group.Name())
		}
		if !group.IsDir() {
			continue
		}
		kinds, err := fs.ReadDir(s.root, group.Name())
		if err != nil {
			return nil, err
		}
		for _, kind := range kinds {
			if folder := path.Join(group.Name(), kind.Name()); s.hasScript(folder) {
				folders = append(folders, folder)
			}
		}
	}
	slices.Sort(folders)
	return folders, nil
}

func (s *scripts) hasScript(folder string) bool {
	info, err := fs.Stat(s.root, path.Join(folder, scriptFile))
	return err == nil && info.Mode().IsRegular()
}

// pattern is what a folder's name matches: a file name cannot have *.
func pattern(folder string) string {
	return strings.ReplaceAll(folder, "_", "*")
}

// find gives the script of a kind; nil: there is none.
func (s *scripts) find(group, kind string) *script {
	key := path.Join(group, kind)
	if known, ok := s.compiled[key]; ok {
		return known
	}
	found := s.compile(key)
	for _, folder := range s.wildcards() {
		if found != nil {
			break
		}
		if matches, _ := path.Match(pattern(folder), key); matches {
			found = s.compile(folder)
		}
	}
	s.compiled[key] = found
	return found
}

func (s *scripts) compile(folder string) *script {
	text, err := fs.ReadFile(s.root, path.Join(folder, scriptFile))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil
	}
	if err != nil {
		return &script{err: err}
	}
	chunk, err := parse.Parse(bytes.NewReader(text), chunkName)
	if err != nil {
		return &script{err: err}
	}
	proto, err := lua.Compile(chunk, chunkName)
	return &script{proto: proto, err: err}
}
