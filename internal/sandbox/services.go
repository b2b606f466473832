package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/athena"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshiftdata"
	"github.com/fairleadhq/fairlead/internal/sandbox/s3"
	"github.com/fairleadhq/fairlead/internal/sandbox/sts"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// services are what the front hands calls to.
type services struct {
	json  map[string]wire.JSONService
	query map[string]wire.QueryService
	s3    func(http.ResponseWriter, *wire.Call)

	athena   *athena.Service
	redshift *redshift.Service
	data     *redshiftdata.Service
	dynamodb *dynamodb.Service
}

// openServices makes the services. What was opened is closed again on an error.
func openServices(ctx context.Context, s *Server, wireTLS *tls.Config) (*services, error) {
	v := &services{}
	if err := v.open(ctx, s, wireTLS); err != nil {
		return nil, errors.Join(err, v.close())
	}
	return v, nil
}

func (v *services) open(ctx context.Context, s *Server, wireTLS *tls.Config) error {
	if dir := s.opts.DataDir; dir != "" {
		if info, err := os.Stat(dir); err != nil {
			return fmt.Errorf("data folder: %w", err)
		} else if !info.IsDir() {
			return fmt.Errorf("data folder: %s is not a folder", dir)
		}
	}
	buckets, err := s.dir("s3")
	if err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	store, err := s3.NewStore(buckets)
	if err != nil {
		return err
	}
	v.s3 = s3.NewHandler(store).Serve
	if v.athena, err = athena.New(athena.Options{
		Store: store, DataDir: s.opts.DataDir, Rows: s.opts.Rows, Region: s.opts.Region,
		AccountID: DevAccount, Now: s.clock.Now,
	}); err != nil {
		return err
	}
	if s.opts.Warm {
		v.athena.Warm()
	}
	spill, err := s.dir("spill")
	if err != nil {
		return fmt.Errorf("redshift: %w", err)
	}
	if v.redshift, err = redshift.New(redshift.Options{
		Now: s.clock.Now, AccountID: DevAccount, Region: s.opts.Region, TLS: wireTLS, TempDir: spill, Store: store,
		ReadOnly: readOnly,
		Users:    map[string]string{redshift.Report: redshift.ReportPassword},
		Endpoint: func() (string, int) {
			addr := s.postgres.Addr().(*net.TCPAddr)
			return addr.IP.String(), addr.Port
		},
	}); err != nil {
		return err
	}
	if v.data, err = redshiftdata.New(redshiftdata.Options{Warehouse: v.redshift, Now: s.clock.Now}); err != nil {
		return err
	}
	if v.dynamodb, err = dynamodb.New(dynamodb.Options{Clock: s.clock.Now, AccountID: DevAccount, Region: s.opts.Region, Seed: true, StateDir: s.opts.StateDir}); err != nil {
		return err
	}
	v.json = map[string]wire.JSONService{
		"athena":              v.athena,
		"glue":                v.athena.Glue(),
		"dynamodb":            v.dynamodb,
		"redshift-serverless": v.redshift.Serverless(),
		"redshift-data":       v.data,
	}
	v.query = map[string]wire.QueryService{
		"sts":      sts.New(s.store),
		"redshift": v.redshift.Provisioned(),
	}
	return ctx.Err()
}

func (v *services) close() error {
	var errs []error
	if v.dynamodb != nil {
		errs = append(errs, v.dynamodb.Close())
	}
	if v.data != nil {
		errs = append(errs, v.data.Close()) // before the warehouse that it runs on
	}
	if v.redshift != nil {
		errs = append(errs, v.redshift.Close())
	}
	if v.athena != nil {
		errs = append(errs, v.athena.Close())
	}
	return errors.Join(errs...)
}

// readOnly reports whether a session is of a ReadOnly permission set.
func readOnly(p wire.Principal) bool {
	return p.Session != "" && strings.HasPrefix(p.Name, "AWSReservedSSO_ReadOnly_")
}
