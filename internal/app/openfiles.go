package app

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/creds"
	"github.com/fairleadhq/fairlead/internal/home"
)

// toldFile, in the state folder, names the files of which OpenFiles has told.
const toldFile = "told-open-files.json"

// OpenFiles are sentences about files of AWS's that this connection's
// credentials come from and that other users can read, each with the command
// that mends it. A file is told of once, until it was mended: whoever wants it
// so is not asked again. `doctor` tells of all of them each time.
func (c *Connection) OpenFiles() []string { return c.app.openFilesOf(c.Session.Chain) }

func (a *App) openFilesOf(chain *creds.Chain) []string {
	if chain == nil || runtime.GOOS == "windows" {
		return nil
	}
	var used []string
	if files, err := a.files(); err == nil && files.CredentialsFound {
		used = append(used, files.CredentialsPath)
	}
	if chain.Session != nil {
		used = append(used, chain.Session.TokenFile(awsfile.Home(a.o.Env)))
	}
	modes := map[string]string{}
	for _, path := range used {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o044 != 0 {
			modes[path] = info.Mode().Perm().String()
		}
	}
	if len(modes) == 0 {
		return nil // nothing more is looked at where all is well
	}
	dirs, err := a.dirs()
	if err != nil {
		return nil
	}
	path := filepath.Join(dirs.State, toldFile)
	var told []string
	if data, err := home.ReadPrivate(path); err == nil {
		_ = json.Unmarshal(data, &told) // what is damaged is written anew
	}
	known := len(told)
	var texts []string
	for _, file := range used {
		if modes[file] == "" || slices.Contains(told, file) {
			continue
		}
		told = append(told, file)
		texts = append(texts, fmt.Sprintf("other users can read %s (%s); to keep it yours: chmod 600 %s", file, modes[file], file))
	}
	if len(told) > known {
		if data, err := json.Marshal(told); err == nil {
			_ = home.WriteFile(path, data) // else it is told of again
		}
	}
	return texts
}
