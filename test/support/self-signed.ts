/** A certificate for `localhost` and 127.0.0.1 that nobody vouches for but itself, valid for 100 years; for tests alone. */
export const selfSigned = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUfM/2Mxo+FgNpjdgjJZw2x9lAloAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDE5MzUwMFoYDzIxMjYxMDMx
MTkzNTAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQosCcK/oVODe+ICclbvPLZt/qA5G+CRnUXT67vDDyIrT2Ck5+YZqbE
+K5Cxpzv1ZIrrNVmhUbw2eHGHaPQyYwNo28wbTAdBgNVHQ4EFgQUaw8KF0yYUSRI
MGngjxeXiOY1gJwwHwYDVR0jBBgwFoAUaw8KF0yYUSRIMGngjxeXiOY1gJwwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgG9r+SVmNmeJbV+Wz7JVuae2v2a1kHj4hrAVetruCvH8CIQDe
LPach/MN88oSwGVAlw2ciUxqzwo2rIsWgveGogTpRw==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXDjETqWKvPekjqAI
e+rR26adxGGeVmPYCsD418badz+hRANCAAQosCcK/oVODe+ICclbvPLZt/qA5G+C
RnUXT67vDDyIrT2Ck5+YZqbE+K5Cxpzv1ZIrrNVmhUbw2eHGHaPQyYwN
-----END PRIVATE KEY-----
`,
}
