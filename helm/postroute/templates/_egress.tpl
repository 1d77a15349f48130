{{/* What a pod of a role calls, and nothing else. Without a rule for the agent of Pod Identity a pod never gets its role. */}}
{{- define "postroute.egress" -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- if eq .role "worker" }}
# Names, and the authoritative name servers of the zone and of tenants' records, which the worker asks itself.
- ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
    {{- range include "postroute.dnsPorts" .root | fromJsonArray }}
    - { port: {{ . }}, protocol: UDP }
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
{{- else }}
# Names, from the cluster's own name servers.
- ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
  to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
    # NodeLocal DNSCache listens on an address of the node.
    - ipBlock: { cidr: 169.254.20.10/32 }
{{- end }}
# PostgreSQL.
- ports:
    - { port: {{ $policy.postgres.port }}, protocol: TCP }
  {{- with $policy.postgres.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
# Postmark, Route 53, KMS, STS and Sentry, whose addresses change; not the node's own credentials.
- ports:
    {{- range include "postroute.endpointPorts" .root | fromJsonArray }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
  to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [169.254.169.254/32]
    - ipBlock:
        cidr: ::/0
        except: ["fd00:ec2::254/128"]
{{- if eq .root.Values.serviceAccount.identity "podIdentity" }}
# The agent of EKS Pod Identity on the node.
- ports:
    - { port: 80, protocol: TCP }
  to:
    - ipBlock: { cidr: 169.254.170.23/32 }
    - ipBlock: { cidr: "fd00:ec2::23/128" }
{{- end }}
{{- with $policy.extraEgress }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- end -}}

{{/* 443, and the ports of whatever other addresses the settings name. */}}
{{- define "postroute.endpointPorts" -}}
{{- $ports := list 443 -}}
{{- $settings := .Values.settings -}}
{{- $aws := default dict $settings.aws -}}
{{- range compact (list (default dict $settings.postmark).baseUrl $aws.route53Endpoint $aws.kmsEndpoint) -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $ports = append $ports (default (ternary 80 443 (eq $url.scheme "http")) $port | int) -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{/* Ports of `dns.servers` besides 53. */}}
{{- define "postroute.dnsPorts" -}}
{{- $ports := list -}}
{{- range (default dict .Values.settings.dns).servers -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default "53" | int) -}}
{{- end -}}
{{- without ($ports | uniq) 53 | toJson -}}
{{- end -}}
