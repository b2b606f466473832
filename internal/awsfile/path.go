package awsfile

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
)

// Home returns the home folder by the rule of the CLI: HOME, on Windows
// USERPROFILE, else what the system's user list says. "" when nothing knows.
func Home(env func(string) string) string {
	name := "HOME"
	if runtime.GOOS == "windows" {
		name = "USERPROFILE"
	}
	if home := env(name); home != "" {
		return home
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

// ConfigPath returns the path of the config file: AWS_CONFIG_FILE or
// ~/.aws/config.
func ConfigPath(env func(string) string) string {
	return sharedPath(env, "AWS_CONFIG_FILE", "config")
}

// CredentialsPath returns the path of the credentials file:
// AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials.
func CredentialsPath(env func(string) string) string {
	return sharedPath(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
}

func sharedPath(env func(string) string, variable, name string) string {
	if path := env(variable); path != "" {
		return ExpandPath(env, path)
	}
	return filepath.Join(Home(env), ".aws", name)
}

// ExpandPath replaces $VAR and ${VAR} (on Windows also %VAR%), and then a
// leading ~, as the CLI does. An unset variable stays as it is written.
func ExpandPath(env func(string) string, path string) string {
	path = expandVariables(env, path)
	if path == "~" {
		return Home(env)
	}
	if strings.HasPrefix(path, "~") && os.IsPathSeparator(path[1]) {
		return filepath.Join(Home(env), path[2:])
	}
	return path
}

func expandVariables(env func(string) string, path string) string {
	if !strings.ContainsAny(path, "$%") {
		return path
	}
	var out strings.Builder
	for i := 0; i < len(path); {
		written, name := variableAt(path[i:])
		if value := env(name); name != "" && value != "" {
			out.WriteString(value)
			i += written
			continue
		}
		if written == 0 {
			written = 1
		}
		out.WriteString(path[i : i+written])
		i += written
	}
	return out.String()
}

// variableAt returns the variable that text begins with and how many bytes its
// mention takes.
func variableAt(text string) (written int, name string) {
	switch {
	case strings.HasPrefix(text, "${"):
		if end := strings.IndexByte(text, '}'); end > 2 {
			return end + 1, text[2:end]
		}
	case strings.HasPrefix(text, "$"):
		end := 1
		for end < len(text) && isWordByte(text[end]) {
			end++
		}
		if end > 1 {
			return end, text[1:end]
		}
	case runtime.GOOS == "windows" && strings.HasPrefix(text, "%"):
		if end := strings.IndexByte(text[1:], '%'); end > 0 {
			return end + 2, text[1 : end+1]
		}
	}
	return 0, ""
}

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
