package leader

import (
	"context"
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

func newSettings(startup map[string]string) settings {
	s := settings{zone: time.UTC, values: map[string]string{
		"client_encoding": "UNICODE", "datestyle": "ISO, MDY", "timezone": "UTC",
		"application_name": "", "search_path": "$user, public", "statement_timeout": "0",
		"extra_float_digits": "0", "query_group": "unset", "enable_result_cache_for_session": "on",
		"enable_case_sensitive_identifier": "off", "autocommit": "on", "standard_conforming_strings": "on",
		"server_version": "8.0.2", "server_encoding": "UNICODE", "transaction_isolation": "serializable",
		"default_transaction_isolation": "serializable", "max_cursor_result_set_size": "0",
		"enable_numeric_rounding": "on", "json_serialization_enable": "off", "wlm_query_slot_count": "1",
		"describe_field_name_in_uppercase": "off", "error_on_nondeterministic_update": "off", "analyze_threshold_percent": "10",
	}}
	for name, value := range startup {
		name = strings.ToLower(name)
		if _, known := s.values[name]; known {
			s.values[name] = value
		}
	}
	return s
}

func (s settings) value(name string) string { return s.values[name] }

func (s *Session) applySearchPath(ctx context.Context) error { return nil }

func (s *Session) setStatement(tokens []rsql.Token) (pgwire.Statement, error) {
	return action{"SET", func(context.Context) (string, error) { return "SET", nil }}, nil
}

func (s *Session) showStatement(tokens []rsql.Token) (pgwire.Statement, error) { return nil, nil }

func (s *Session) context(param func(int) string) rsql.Context {
	now := s.opts.Now()
	began := now
	if s.status != pgwire.Idle {
		began = s.began
	}
	return rsql.Context{User: s.opts.User, Database: s.opts.Database, Schema: "public", PID: s.opts.PID, Now: now, Began: began, Param: param}
}
