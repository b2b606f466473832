package redshift

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine"
)

// Endpoint is what a pasted text tells of a warehouse. Parts it does not tell
// are empty.
type Endpoint struct {
	Workgroup string // name or ARN of a serverless workgroup or namespace
	Cluster   string // identifier of a cluster, or ARN of its namespace
	Host      string
	Port      int // 0 when not told
	Database  string
	Region    string
	User      string // a database user
	IAM       bool   // the user is one that AWS gives a temporary password for
	SSLMode   string
}

// ParseEndpoint reads any of the forms in which people hold the place of a
// warehouse:
//
//	analytics.111122223333.eu-west-1.redshift-serverless.amazonaws.com:5439/dev
//	dwh.abc123xyz.eu-west-1.redshift.amazonaws.com:5439/dev
//	jdbc:redshift:iam://dwh.abc123xyz.eu-west-1.redshift.amazonaws.com:5439/dev?DbUser=ada
//	jdbc:redshift:iam://dwh:eu-west-1/dev
//	postgresql://ada@warehouse.example.com:5439/dev?sslmode=verify-full
//	arn:aws:redshift-serverless:eu-west-1:111122223333:workgroup/0c9d8e7f-...
//	warehouse.example.com:5439/dev
//
// A bare host counts only with Redshift's port, 5439, as anything could be a
// host. A password in the text is passed over.
func ParseEndpoint(text string) (Endpoint, bool) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "arn:") {
		return parseARN(text)
	}
	e := Endpoint{}
	scheme, rest, hasScheme := strings.Cut(text, "://")
	switch strings.ToLower(scheme) {
	case "jdbc:redshift:iam":
		e.IAM = true
	case "jdbc:redshift", "postgres", "postgresql", "redshift", "redshift+psycopg2", "redshift+redshift_connector", "jdbc:postgresql":
	default:
		if hasScheme || strings.ContainsAny(text, " @'\"") {
			return Endpoint{}, false
		}
		rest = text
	}
	rest, options := cutOptions(rest)
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, _, _ := strings.Cut(rest[:at], ":")
		e.User, rest = unescape(user), rest[at+1:]
	}
	address, database, _ := strings.Cut(rest, "/")
	e.Database = unescape(strings.TrimSuffix(database, "/"))
	if !e.place(address) {
		return Endpoint{}, false
	}
	if !hasScheme && e.Workgroup == "" && e.Cluster == "" && e.Port != defaultPort {
		return Endpoint{}, false
	}
	e.apply(options)
	return e, true
}

// place reads HOST, HOST:PORT, or JDBC's CLUSTER:REGION.
func (e *Endpoint) place(address string) bool {
	host, port, hasPort := strings.Cut(address, ":")
	if host == "" || strings.ContainsAny(address, " /\\@") {
		return false
	}
	if e.IAM && hasPort && engine.RegionLike(port) {
		e.Cluster, e.Region = host, port
		return true
	}
	if hasPort {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return false
		}
		e.Port = n
	}
	if !validHost(host) {
		return false
	}
	e.Host = strings.ToLower(host)
	switch kind, name := endpointName(e.Host); kind {
	case serverless:
		e.Workgroup = name
	case cluster:
		e.Cluster = name
	}
	if e.Workgroup != "" || e.Cluster != "" {
		e.Region = endpointRegion(e.Host)
	}
	return true
}

// validHost accepts names of DNS and addresses. A name without a dot is one
// only as localhost, so that a connection's name is never taken for a host.
func validHost(host string) bool {
	if net.ParseIP(host) != nil || host == "localhost" {
		return true
	}
	if !strings.Contains(host, ".") {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// endpointRegion is the region in NAME.ID.REGION.redshift...amazonaws.com.
func endpointRegion(host string) string {
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if i > 1 && (label == "redshift" || label == "redshift-serverless") && engine.RegionLike(labels[i-1]) {
			return labels[i-1]
		}
	}
	return ""
}

// cutOptions takes the options off a URL: ?a=b&c=d, and ;a=b;c=d in JDBC's.
func cutOptions(text string) (string, map[string]string) {
	end := strings.IndexAny(text, "?;")
	if end < 0 {
		return text, nil
	}
	options := map[string]string{}
	for _, pair := range strings.FieldsFunc(text[end:], func(r rune) bool { return r == '?' || r == ';' || r == '&' }) {
		name, value, _ := strings.Cut(pair, "=")
		options[strings.ToLower(name)] = unescape(value)
	}
	return text[:end], options
}

// apply takes what the drivers' options tell. The names are those of Amazon's
// JDBC driver and of libpq.
func (e *Endpoint) apply(options map[string]string) {
	set := func(to *string, names ...string) {
		for _, name := range names {
			if v := options[name]; v != "" && *to == "" {
				*to = v
			}
		}
	}
	set(&e.Workgroup, "serverlessworkgroup", "workgroup")
	if e.Workgroup == "" {
		set(&e.Cluster, "clusterid", "cluster_identifier")
	}
	set(&e.Region, "region", "awsregion")
	set(&e.Database, "dbname", "database")
	if e.IAM || options["iam"] == "true" || options["iam"] == "1" {
		e.IAM, e.User = true, ""
		set(&e.User, "dbuser", "db_user")
	} else {
		set(&e.User, "user", "uid")
	}
	switch mode := options["sslmode"]; mode {
	case verifyFull, verifyCA, require, disable:
		e.SSLMode = mode
	}
}

// parseARN reads the ARNs of a cluster, its databases and users, of a
// workgroup, and of a namespace of either kind.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshift.html
func parseARN(text string) (Endpoint, bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || !engine.RegionLike(parts[3]) {
		return Endpoint{}, false
	}
	e := Endpoint{Region: parts[3]}
	switch parts[2] {
	case "redshift-serverless":
		kind, _, _ := strings.Cut(parts[5], "/")
		e.Workgroup = text
		return e, kind == "workgroup" || kind == "namespace"
	case "redshift":
		kind, name, _ := strings.Cut(parts[5], ":")
		switch kind {
		case "cluster":
			e.Cluster = name
		case "dbname":
			e.Cluster, e.Database, _ = strings.Cut(name, "/")
		case "dbuser":
			e.Cluster, e.User, _ = strings.Cut(name, "/")
			e.IAM = true
		case "namespace":
			e.Cluster = text
		}
		return e, e.Cluster != ""
	}
	return Endpoint{}, false
}

// parse is Spec.Parse.
func parse(text string) (map[string]string, string, bool) {
	e, ok := ParseEndpoint(text)
	if !ok {
		return nil, "", false
	}
	params := map[string]string{"workgroup": e.Workgroup, "cluster": e.Cluster, "host": e.Host, "database": e.Database, "sslmode": e.SSLMode}
	if e.Port != 0 && e.Port != defaultPort {
		params["port"] = strconv.Itoa(e.Port)
	}
	if e.IAM || e.User == "" {
		params["db_user"] = e.User
	} else {
		params["user"] = e.User
	}
	for name, value := range params {
		if value == "" {
			delete(params, name)
		}
	}
	return params, e.Region, true
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}
