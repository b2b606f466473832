package leader

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/rsql"
)

// settings are a session's run-time parameters by lower-case name.
type settings struct {
	values map[string]string
	zone   *time.Location
}

// defaults are the parameters a session starts with.
// https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_ConfigurationRef.html
func defaults() map[string]string {
	return map[string]string{
		"client_encoding": "UNICODE", "datestyle": "ISO, MDY", "timezone": "UTC", "application_name": "",
		"search_path": "$user, public", "statement_timeout": "0", "extra_float_digits": "0", "query_group": "unset",
		"enable_result_cache_for_session": "on", "enable_case_sensitive_identifier": "off", "autocommit": "on",
		"standard_conforming_strings": "on", "server_version": "8.0.2", "server_encoding": "UNICODE",
		"transaction_isolation": "serializable", "max_cursor_result_set_size": "0", "enable_numeric_rounding": "on",
		"json_serialization_enable": "off", "wlm_query_slot_count": "1", "describe_field_name_in_uppercase": "off",
		"error_on_nondeterministic_update": "off", "analyze_threshold_percent": "10", "integer_datetimes": "on",
		"max_identifier_length": "127", "session_timeout": "0",
	}
}

// fixed tells the parameters that SET cannot change.
func fixed(name string) bool {
	switch name {
	case "server_version", "server_encoding", "standard_conforming_strings", "integer_datetimes", "max_identifier_length":
		return true
	}
	return false
}

func newSettings(startup map[string]string) settings {
	s := settings{zone: time.UTC, values: defaults()}
	for name, value := range startup {
		name = strings.ToLower(name)
		if _, known := s.values[name]; known && !fixed(name) {
			s.values[name] = value
		}
	}
	return s
}

func (s settings) value(name string) string { return s.values[name] }

// applySettings makes the engine follow what came with the start-up.
func (s *Session) applySettings(ctx context.Context) error {
	zone := s.settings.value("timezone")
	if err := s.setZone(ctx, zone); err != nil {
		return err
	}
	return s.applySearchPath(ctx)
}

// applySearchPath tells the engine the schemas of the search path that exist.
func (s *Session) applySearchPath(ctx context.Context) error {
	var path []string
	for _, name := range s.searchPath() {
		var n int
		err := s.conn.QueryRowContext(ctx, "SELECT count(*) FROM rs.main.all_schemas WHERE schema_name = ?", name).Scan(&n)
		if err != nil {
			return err
		}
		if n > 0 {
			path = append(path, "dev."+quoteName(name))
		}
	}
	if len(path) == 0 {
		path = []string{"dev.main"} // nothing is found there
	}
	_, err := s.exec(ctx, "SET search_path = "+quoteText(strings.Join(path, ",")))
	return err
}

// searchPath are the schemas named by the setting.
func (s *Session) searchPath() []string {
	var out []string
	for _, name := range strings.Split(s.settings.value("search_path"), ",") {
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		if name == "$user" {
			name = s.opts.User
		}
		if name != "" {
			out = append(out, strings.ToLower(name))
		}
	}
	return out
}

func (s *Session) setZone(ctx context.Context, name string) error {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || strings.EqualFold(name, "local") {
		return pgwire.Errorf("22023", "invalid value for parameter \"TimeZone\": \"%s\"", name)
	}
	if _, err := s.exec(ctx, "SET TimeZone = "+quoteText(name)); err != nil {
		return pgwire.Errorf("22023", "invalid value for parameter \"TimeZone\": \"%s\"", name)
	}
	s.settings.zone = zone
	return nil
}

// setStatement reads SET [SESSION|LOCAL] name {TO|=} value, and RESET.
func (s *Session) setStatement(tokens []rsql.Token) (pgwire.Statement, error) {
	reset := tokens[0].Is("reset")
	rest := tokens[1:]
	if len(rest) > 0 && (rest[0].Is("session") || rest[0].Is("local")) {
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0].Is("transaction") || len(rest) > 1 && rest[0].Is("characteristics") {
		return action{"SET", func(context.Context) (string, error) { return "SET", nil }}, nil
	}
	if len(rest) > 1 && rest[0].Is("authorization") || len(rest) == 0 {
		return nil, pgwire.Errorf("42501", "permission denied to set session authorization")
	}
	name := rest[0].Text
	rest = rest[1:]
	if name == "time" && len(rest) > 0 && rest[0].Is("zone") {
		name, rest = "timezone", rest[1:]
	} else if len(rest) > 0 && (rest[0].Is("to") || rest[0].Is("=")) {
		rest = rest[1:]
	}
	var parts []string
	for _, t := range rest {
		switch {
		case t.Kind == rsql.String:
			parts = append(parts, strings.ReplaceAll(t.Text[1:len(t.Text)-1], "''", "'"))
		case t.Kind == rsql.Quoted:
			parts = append(parts, rsql.Unquote(t.Text))
		case !t.Is(","):
			parts = append(parts, t.Text)
		}
	}
	value := strings.Join(parts, ", ")
	if !reset && len(parts) == 0 {
		return nil, pgwire.Errorf("42601", "syntax error at end of input")
	}
	if len(parts) > 1 && parts[0] == "-" {
		value = "-" + parts[1]
	}
	tag := strings.ToUpper(tokens[0].Text)
	return action{tag, func(ctx context.Context) (string, error) {
		return tag, s.fail(s.set(ctx, name, value, reset || value == "default"))
	}}, nil
}

// set changes one parameter, for the session and, where it matters, the engine.
func (s *Session) set(ctx context.Context, name, value string, reset bool) error {
	old, known := s.settings.values[name]
	switch {
	case !known && !strings.Contains(name, "."):
		return pgwire.Errorf("42704", "unrecognized configuration parameter \"%s\"", name)
	case fixed(name):
		return pgwire.Errorf("55P02", "parameter \"%s\" cannot be changed", name)
	}
	if reset {
		value = defaults()[name]
	}
	s.settings.values[name] = value
	var err error
	switch name {
	case "search_path":
		err = s.applySearchPath(ctx)
	case "timezone":
		err = s.setZone(ctx, value)
	case "statement_timeout":
		if _, bad := time.ParseDuration(value + "ms"); bad != nil {
			err = pgwire.Errorf("22023", "parameter \"%s\" requires an integer value", name)
		}
	case "enable_case_sensitive_identifier":
		s.settings.values[name] = onOff(value)
	}
	if err != nil {
		s.settings.values[name] = old
		return err
	}
	if reported := map[string]string{"client_encoding": "client_encoding", "timezone": "TimeZone", "datestyle": "DateStyle", "application_name": "application_name"}[name]; reported != "" {
		s.changed = append(s.changed, pgwire.Parameter{Name: reported, Value: value})
	}
	return nil
}

func onOff(value string) string {
	switch strings.ToLower(value) {
	case "true", "on", "1", "yes":
		return "on"
	}
	return "off"
}

// timeout is the statement_timeout, zero for none.
func (s *Session) timeout() time.Duration {
	d, err := time.ParseDuration(s.settings.value("statement_timeout") + "ms")
	if err != nil {
		return 0
	}
	return d
}

// showSetting makes SHOW name and SHOW ALL.
func (s *Session) showSetting(name string) (string, error) {
	if name == "all" {
		names := make([]string, 0, len(s.settings.values))
		for n := range s.settings.values {
			names = append(names, n)
		}
		sort.Strings(names)
		rows := make([]string, len(names))
		for i, n := range names {
			rows[i] = fmt.Sprintf("(%s, %s)", quoteText(n), quoteText(s.settings.values[n]))
		}
		return "SELECT * FROM (VALUES " + strings.Join(rows, ", ") + ") AS t(name, setting)", nil
	}
	value, ok := s.settings.values[name]
	if !ok {
		return "", pgwire.Errorf("42704", "unrecognized configuration parameter \"%s\"", name)
	}
	return "SELECT " + quoteText(value) + " AS " + quoteName(name), nil
}

// context is what rewording a statement needs to know of the session now.
func (s *Session) context(ctx context.Context, param func(int) string) rsql.Context {
	now := s.opts.Now()
	began := now
	if s.status != pgwire.Idle {
		began = s.began
	}
	schema := "public"
	for _, name := range s.searchPath() {
		if name != strings.ToLower(s.opts.User) { // nobody has a schema of their own
			schema = name
			break
		}
	}
	return rsql.Context{
		User: s.opts.User, Database: s.opts.Database, Schema: schema, PID: s.opts.PID, Now: now, Began: began, Param: param,
		Super: s.superColumns(ctx), CaseSensitive: s.settings.value("enable_case_sensitive_identifier") == "on",
	}
}

// superColumns asks the engine for the names of SUPER columns when the first
// question comes, and keeps them for one statement.
func (s *Session) superColumns(ctx context.Context) func(string) bool {
	var names map[string]bool
	return func(column string) bool {
		if names == nil {
			names = map[string]bool{}
			rows, err := s.conn.QueryContext(ctx, "SELECT DISTINCT lower(column_name) FROM duckdb_columns() WHERE data_type = 'JSON' AND database_name IN ('dev', 'temp')")
			if err != nil {
				return false // the statement itself will fail and tell
			}
			defer rows.Close()
			for rows.Next() {
				var name string
				if rows.Scan(&name) == nil {
					names[name] = true
				}
			}
		}
		return names[column]
	}
}
