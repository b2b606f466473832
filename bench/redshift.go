//go:build unix

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// wireRows is how many rows the wire is measured with.
const wireRows = 2_000_000

// wireTable makes 8 columns of about 90 bytes of CSV a row.
const wireTable = `create unlogged table orders as select n::bigint as order_id, date '2020-01-01' + (n %% 2000)::int as order_date,
	(n::bigint * 7919 %% 100000)::int as customer_id, (array['EMEA','AMER','APAC','LATAM'])[1 + n %% 4]::varchar(8) as region,
	(n %% 1000000 / 100.0)::numeric(12,2) as amount, timestamp '2020-01-01' + n * interval '17.123457 seconds' as created,
	n %% 3 = 0 as paid, 'note ' || md5(n::text) as note from generate_series(1, %d) as g(n)`

// redshift reads a table over a real PostgreSQL's wire to CSV, beside psql.
func (b *bench) redshift() error {
	pg, err := startPostgres(b.out)
	if err != nil {
		return err
	}
	defer pg.stop()
	if err := pg.psql(fmt.Sprintf(wireTable, wireRows)+"; vacuum analyze orders", "").run(); err != nil {
		return err
	}
	text := "select * from orders"
	copied := pg.psql(`\copy (`+text+`) to /dev/null csv`, "psql \\copy to /dev/null csv")
	plain := pg.psql(text, "psql --csv", "--csv")
	ours := b.wire(pg, text, "fairlead query --format csv")
	fmt.Printf("\nRedshift wire on PostgreSQL: %d rows of 8 columns to CSV\n", wireRows)
	if err := b.compare("beside psql \\copy", ours, copied, "at most 1.15"); err != nil {
		return err
	}
	if err := b.compare("beside psql --csv", ours, plain, "at most 0.75"); err != nil {
		return err
	}
	half, err := b.wire(pg, text+" limit 200000", "200,000 rows").once()
	if err != nil {
		return err
	}
	whole, err := ours.once()
	if err != nil {
		return err
	}
	fmt.Printf("\npeak memory: %.0f MiB for 200,000 rows, %.0f MiB for %d; goal: at most 40\n",
		float64(half.peak)/(1<<20), float64(whole.peak)/(1<<20), wireRows)
	cursor := pg.psql(text, "psql FETCH_COUNT=1000", "--csv", "-v", "FETCH_COUNT=1000")
	if err := b.firstRow("on loopback", ours, cursor); err != nil {
		return err
	}
	// No Redshift is on loopback: what counts is how often a client goes there
	// and back before it has a row.
	far, err := farAway("127.0.0.1:"+pg.port, oneWay)
	if err != nil {
		return err
	}
	defer far.Close()
	pg.port = far.port()
	return b.firstRow("2 ms away", b.wire(pg, text, ""), pg.psql(text, cursor.label, "--csv", "-v", "FETCH_COUNT=1000"))
}

const oneWay = time.Millisecond // from the client to a server far away

func (b *bench) wire(pg *postgres, text, label string) command {
	target := "postgresql://bench@127.0.0.1:" + pg.port + "/postgres?sslmode=disable"
	return command{label: label, env: []string{"FAIRLEAD_PASSWORD=unused", "FAIRLEAD_HOME=" + b.out},
		args: []string{b.fairlead, "query", target, text, "--format", "csv", "--quiet"}}
}

// firstRow compares the time from the start of the process to its second line
// of output, which is the first row.
func (b *bench) firstRow(where string, ours, other command) error {
	var ratios, mine, theirs []float64
	for i := range b.pairs + 1 {
		x, err := ours.firstLines(2)
		if err != nil {
			return err
		}
		y, err := other.firstLines(2)
		if err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		mine, theirs = append(mine, x.Seconds()*1000), append(theirs, y.Seconds()*1000)
		ratios = append(ratios, x.Seconds()/y.Seconds())
	}
	slices.Sort(mine)
	slices.Sort(theirs)
	slices.Sort(ratios)
	n := len(ratios) / 2
	fmt.Printf("\nfirst row, server %s: fairlead %.1f ms (%.1f-%.1f), %s %.1f ms (%.1f-%.1f), ratio %.2f (%.2f-%.2f); goal: at most 1\n",
		where, mine[n], mine[0], mine[len(mine)-1], other.label, theirs[n], theirs[0], theirs[len(theirs)-1], ratios[n], ratios[0], ratios[len(ratios)-1])
	return nil
}

// postgres is a server of our own, with its data below the bench's folder.
type postgres struct {
	bin, port string
	server    *exec.Cmd
	dir       string
}

func startPostgres(out string) (*postgres, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	folders = append(folders, "/opt/homebrew/bin", "/usr/local/bin")
	p := &postgres{}
	for _, f := range folders {
		if _, err := os.Stat(filepath.Join(f, "pg_isready")); err == nil && p.bin == "" {
			p.bin = f
		}
	}
	if p.bin == "" {
		return nil, errors.New("no PostgreSQL on this machine: install postgresql")
	}
	var err error
	if p.dir, err = os.MkdirTemp("", "fairlead-bench-"); err != nil {
		return nil, err
	}
	attr, err := plainUser(p.dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.Command(filepath.Join(p.bin, "initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, p.dir
	if text, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, text)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, p.port, _ = net.SplitHostPort(l.Addr().String())
	l.Close()
	p.server = exec.Command(filepath.Join(p.bin, "postgres"), "-D", data, "-h", "127.0.0.1", "-p", p.port, "-k", p.dir, "-F",
		"-c", "shared_buffers=512MB", "-c", "max_parallel_workers_per_gather=0")
	p.server.SysProcAttr, p.server.Dir = attr, p.dir
	if err := p.server.Start(); err != nil {
		return nil, err
	}
	for range 200 {
		if exec.Command(filepath.Join(p.bin, "pg_isready"), "-h", "127.0.0.1", "-p", p.port).Run() == nil {
			return p, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.stop()
	return nil, errors.New("PostgreSQL does not answer")
}

func (p *postgres) stop() {
	_ = p.server.Process.Signal(syscall.SIGINT) // fast shutdown
	_ = p.server.Wait()
	_ = os.RemoveAll(p.dir)
}

// psql is the client's own binary, without Debian's wrapper, which costs a
// start of Perl.
func (p *postgres) psql(text, label string, more ...string) command {
	args := append([]string{filepath.Join(p.bin, "psql"), "-X", "-q", "-h", "127.0.0.1", "-p", p.port, "-U", "bench", "-d", "postgres"}, more...)
	for part := range strings.SplitSeq(text, "; ") {
		args = append(args, "-c", part)
	}
	return command{label: label, args: args}
}

func (c command) run() error {
	_, err := c.once()
	return err
}

// plainUser gives dir to a plain user when this runs as root, which PostgreSQL
// refuses to be.
func plainUser(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 || runtime.GOOS == "darwin" {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
