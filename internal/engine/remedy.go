package engine

import "strings"

// Setting says how to give a connection a parameter: by a command for a saved
// one, or by what to add to an address. value is what stands for the value,
// e.g. "s3://BUCKET/PREFIX/".
func Setting(connection, param, value string) string {
	if !strings.Contains(connection, "://") {
		return "fairlead connections edit " + connection + " --" + strings.ReplaceAll(param, "_", "-") + " " + value
	}
	mark := "?"
	if strings.Contains(connection, "?") {
		mark = "&"
	}
	return "use the address " + connection + mark + param + "=" + value
}

// Change says how to change a connection without naming a parameter.
func Change(connection string) string {
	if strings.Contains(connection, "://") {
		return "change the address " + connection
	}
	return "fairlead connections edit " + connection
}
