package redshiftdata

import (
	"strconv"
	"time"
)

// describe answers DescribeStatement for a whole statement, or for one part.
func (s *Service) describe(st *statement, sub int) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := st.place()
	out["Id"], out["Status"], out["Database"], out["DbUser"] = st.id, st.status, st.login.Database, st.session.User
	out["CreatedAt"], out["UpdatedAt"], out["Duration"] = seconds(st.created), seconds(st.updated), st.duration.Nanoseconds()
	out["RedshiftPid"], out["ResultFormat"] = st.session.PID, st.format
	if st.session.id != "" {
		out["SessionId"] = st.session.id
	}
	if len(st.parameters) > 0 {
		out["QueryParameters"] = st.parameters
	}
	if st.failure != "" {
		out["Error"] = st.failure
	}
	if st.batch && sub < 0 {
		last := st.parts[len(st.parts)-1]
		out["RedshiftQueryId"], out["HasResultSet"], out["ResultRows"], out["ResultSize"] = 0, last.columns != nil, last.rows, last.size
		list := make([]map[string]any, len(st.parts))
		for i, p := range st.parts {
			list[i] = p.describe(st, i)
		}
		out["SubStatements"] = list
		return out
	}
	for name, value := range st.parts[max(sub, 0)].describe(st, sub) {
		if name != "Id" || sub >= 0 {
			out[name] = value
		}
	}
	return out
}

func (p *part) describe(st *statement, index int) map[string]any {
	out := map[string]any{
		"Id": st.id + ":" + strconv.Itoa(index+1), "Status": p.status, "QueryString": p.text, "RedshiftQueryId": p.query,
		"HasResultSet": p.columns != nil, "ResultRows": p.rows, "ResultSize": p.size,
		"CreatedAt": seconds(st.created), "UpdatedAt": seconds(st.created.Add(p.duration)), "Duration": int64(p.duration / time.Nanosecond),
	}
	if p.failure != "" {
		out["Error"] = p.failure
	}
	return out
}
