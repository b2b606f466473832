package sqltext

import "testing"

func TestMask(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"select 'a' as password_hash, token from t where x = 'y'", "select 'a' as password_hash, token from t where x = 'y'"},
		{"copy t from 's3://b/p' credentials 'aws_access_key_id=A;aws_secret_access_key=S' csv",
			"copy t from 's3://b/p' credentials '[hidden]' csv"},
		{"copy t from 's3://b' CREDENTIALS AS 'aws_iam_role=arn:aws:iam::1:role/r'", "copy t from 's3://b' CREDENTIALS AS 'aws_iam_role=arn:aws:iam::1:role/r'"},
		{"copy t from 's3://b' iam_role 'arn:aws:iam::1:role/r'", "copy t from 's3://b' iam_role 'arn:aws:iam::1:role/r'"},
		{"unload ('select 1') to 's3://b' access_key_id 'A' secret_access_key\n'S' session_token 'T'",
			"unload ('select 1') to 's3://b' access_key_id '[hidden]' secret_access_key\n'[hidden]' session_token '[hidden]'"},
		{"create user u password 'geheim' createdb", "create user u password '[hidden]' createdb"},
		{"select 'x;aws_secret_access_key=abc'", "select '[hidden]'"},
		{"alter user u password disable; select 'a'", "alter user u password disable; select 'a'"},
		{"create user u password 'it\\'s'", "create user u password '[hidden]'"},
	} {
		if got := Mask(Redshift, c.in); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}
