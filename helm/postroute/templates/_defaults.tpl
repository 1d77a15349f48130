{{/* Printed from config/schema.ts by "node config/chart/write.ts". */}}
{{- define "postroute.defaults" -}}
{
  "roles": [
    "api",
    "worker"
  ],
  "http": {
    "host": "127.0.0.1",
    "port": 8889
  },
  "metrics": {
    "port": null
  },
  "log": {
    "level": "info"
  },
  "postmark": {
    "baseUrl": "https://api.postmarkapp.com",
    "timeoutSeconds": 30,
    "requestsPerSecond": 2,
    "concurrency": 10
  },
  "aws": {
    "region": "us-east-1",
    "timeoutSeconds": 10
  },
  "route53": {
    "requestsPerSecond": 4,
    "coalesceMs": 250,
    "insyncPollMs": 2000
  },
  "dns": {
    "servers": [],
    "timeoutSeconds": 3
  },
  "material": {
    "serverTokens": {
      "enabled": true
    }
  },
  "tracing": {
    "sampleRatio": 1
  },
  "verification": {
    "pollingTimeoutHours": 24,
    "pollingIntervalSeconds": 30
  },
  "provisioning": {
    "stepPatienceMinutes": 15,
    "unwindAlertMinutes": 10
  },
  "accept": {
    "groupMax": 200,
    "groupsAtOnce": 2
  },
  "sending": {
    "failureThreshold": 5,
    "retryLadderSeconds": [
      10,
      60,
      300,
      1800,
      7200
    ],
    "ambiguityGraceSeconds": 45,
    "searchProbeMinutes": 10,
    "batchMax": 500,
    "concurrency": 4
  },
  "retention": {
    "payloadDays": 30,
    "jobDays": 90,
    "idempotencyKeyDays": 30,
    "partitionDays": 30
  },
  "drift": {
    "checkIntervalMinutes": 15,
    "postmarkInventory": {
      "enabled": false
    },
    "registry": {
      "enabled": false
    },
    "dns": {
      "enabled": false
    },
    "suppressions": {
      "enabled": false
    },
    "webhooks": {
      "enabled": false
    },
    "plan": {
      "tenantsMax": 10
    }
  },
  "rateLimit": {
    "tenantRequestsPerSecond": null,
    "tenantBurst": 100
  },
  "routes": {
    "configuration": {
      "enabled": true
    },
    "job": {
      "enabled": true
    },
    "postmarkEvents": {
      "enabled": true
    }
  },
  "shutdown": {
    "timeoutSeconds": 20,
    "drainSeconds": 2
  },
  "work": {
    "leaseSeconds": 15,
    "pollMs": 500,
    "concurrency": 8
  }
}
{{- end -}}
