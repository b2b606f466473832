package app

import (
	"fmt"
	"os"
	"strings"
)

// FilesStamp changes when a file that was read has been written since: those of
// the AWS profiles and of the saved connections. A room that lives long compares
// it from time to time and calls Refresh.
func (a *App) FilesStamp() string {
	var names []string
	if files, err := a.files(); err == nil {
		names = append(names, files.ConfigPath, files.CredentialsPath)
	}
	if book, err := a.book(); err == nil {
		user, workspace := book.Files()
		names = append(names, user, workspace)
	}
	var b strings.Builder
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// Refresh reads the files anew when they are next needed. Connections that are
// open keep what they were opened with.
func (a *App) Refresh() { a.readAnew() }
