package athena

import (
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// preparedStatement lives in a workgroup.
type preparedStatement struct {
	name, group, sql, description string
	modified                      time.Time
}

type preparedIn struct {
	StatementName  string
	WorkGroup      string
	QueryStatement string
	Description    string
}

// mostPrepared is the quota of prepared statements in a workgroup.
const mostPrepared = 1000

func preparedKey(group, name string) string { return group + "\x00" + name }

func (s *Service) createPreparedStatement(_ *wire.Call, in preparedIn) (any, error) {
	return s.prepareStatement(in, false)
}

func (s *Service) updatePreparedStatement(_ *wire.Call, in preparedIn) (any, error) {
	return s.prepareStatement(in, true)
}

func (s *Service) prepareStatement(in preparedIn, update bool) (any, error) {
	g, err := s.group(in.WorkGroup)
	if err != nil {
		return nil, err
	}
	if _, err := trino.Parse(in.QueryStatement); err != nil {
		return nil, invalid("MALFORMED_QUERY", "%s", err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := preparedKey(g.name, in.StatementName)
	switch known := s.prepared[key] != nil; {
	case known && !update:
		return nil, invalid("INVALID_INPUT", "PreparedStatement %s already exists", in.StatementName)
	case !known && update:
		return nil, missingPrepared(in.StatementName)
	case !known && len(s.prepared) >= mostPrepared:
		return nil, invalid("INVALID_INPUT", "You have reached the limit of %d prepared statements", mostPrepared)
	}
	s.prepared[key] = &preparedStatement{in.StatementName, g.name, in.QueryStatement, in.Description, s.o.Now()}
	return map[string]any{}, nil
}

func missingPrepared(name string) *wire.Error {
	return &wire.Error{Code: "ResourceNotFoundException", Message: "PreparedStatement " + name + " was not found", Fields: map[string]any{"ResourceName": name}}
}

func (s *Service) getPreparedStatement(_ *wire.Call, in preparedIn) (any, error) {
	g, err := s.group(in.WorkGroup)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.prepared[preparedKey(g.name, in.StatementName)]
	if p == nil {
		return nil, missingPrepared(in.StatementName)
	}
	return map[string]any{"PreparedStatement": map[string]any{
		"StatementName": p.name, "QueryStatement": p.sql, "WorkGroupName": p.group, "Description": p.description, "LastModifiedTime": seconds(p.modified),
	}}, nil
}

func (s *Service) listPreparedStatements(_ *wire.Call, in listIn) (any, error) {
	g, err := s.group(in.WorkGroup)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	var all []any
	for _, key := range sortedKeys(s.prepared) {
		if p := s.prepared[key]; p.group == g.name {
			all = append(all, map[string]any{"StatementName": p.name, "LastModifiedTime": seconds(p.modified)})
		}
	}
	s.mu.Unlock()
	return s.page("PreparedStatements", all, in, mostListed)
}

func (s *Service) deletePreparedStatement(_ *wire.Call, in preparedIn) (any, error) {
	g, err := s.group(in.WorkGroup)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := preparedKey(g.name, in.StatementName)
	if s.prepared[key] == nil {
		return nil, missingPrepared(in.StatementName)
	}
	delete(s.prepared, key)
	return map[string]any{}, nil
}
