//! kustomize's own tables of fields that hold names and variables
//! (`api/internal/konfig/builtinpluginconsts`), folded: kinds with a pod differ only in where it is.

/// Fields of some kinds: a path is `prefix` and one of `paths`.
pub(crate) struct Rows {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kinds: &'static [&'static str],
    pub(crate) prefix: &'static str,
    pub(crate) paths: &'static [&'static str],
}

/// Where the names of one kind are used.
pub(crate) struct Names {
    /// Group, version and kind of what is named; empty for any.
    pub(crate) target: (&'static str, &'static str, &'static str),
    pub(crate) referrers: &'static [Rows],
}

const fn rows(
    kinds: &'static [&'static str],
    prefix: &'static str,
    paths: &'static [&'static str],
) -> Rows {
    of("", "", kinds, prefix, paths)
}

const fn of(
    group: &'static str,
    version: &'static str,
    kinds: &'static [&'static str],
    prefix: &'static str,
    paths: &'static [&'static str],
) -> Rows {
    Rows {
        group,
        version,
        kinds,
        prefix,
        paths,
    }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const ROLES: &[&str] = &["Role", "ClusterRole"];
const TEMPLATED: &[&str] = &[
    "Deployment",
    "ReplicaSet",
    "DaemonSet",
    "StatefulSet",
    "Job",
];
const CLAIMING: &[&str] = &[
    "StatefulSet",
    "Deployment",
    "ReplicationController",
    "Job",
    "DaemonSet",
];
const TEMPLATE: &str = "spec/template/";
const JOB: &str = "spec/jobTemplate/spec/template/";

const CONFIG_MAPS: &[&str] = &[
    "spec/volumes/configMap/name",
    "spec/containers/env/valueFrom/configMapKeyRef/name",
    "spec/initContainers/env/valueFrom/configMapKeyRef/name",
    "spec/containers/envFrom/configMapRef/name",
    "spec/initContainers/envFrom/configMapRef/name",
    "spec/volumes/projected/sources/configMap/name",
];
const SECRETS: &[&str] = &[
    "spec/volumes/secret/secretName",
    "spec/containers/env/valueFrom/secretKeyRef/name",
    "spec/initContainers/env/valueFrom/secretKeyRef/name",
    "spec/containers/envFrom/secretRef/name",
    "spec/initContainers/envFrom/secretRef/name",
    "spec/imagePullSecrets/name",
    "spec/volumes/projected/sources/secret/name",
];
const ACCOUNT: &[&str] = &["spec/serviceAccountName"];
const CLAIMS: &[&str] = &["spec/volumes/persistentVolumeClaim/claimName"];
const PRIORITY: &[&str] = &["spec/priorityClassName"];
const SCALE_TARGET: &[Rows] = &[rows(
    &["HorizontalPodAutoscaler"],
    "",
    &["spec/scaleTargetRef/name"],
)];

/// The name references, in the order in which they are followed.
pub(crate) const NAMES: &[Names] = &[
    Names {
        target: ("storage.k8s.io", "v1", "StorageClass"),
        referrers: &[
            rows(
                &["PersistentVolume", "PersistentVolumeClaim"],
                "",
                &["spec/storageClassName"],
            ),
            rows(
                &["StatefulSet"],
                "",
                &["spec/volumeClaimTemplates/spec/storageClassName"],
            ),
        ],
    },
    Names {
        target: ("", "v1", "ServiceAccount"),
        referrers: &[
            of(
                RBAC,
                "",
                &["RoleBinding", "ClusterRoleBinding"],
                "",
                &["subjects"],
            ),
            rows(&["Pod"], "", ACCOUNT),
            rows(CLAIMING, TEMPLATE, ACCOUNT),
            rows(&["CronJob"], JOB, ACCOUNT),
        ],
    },
    Names {
        target: (RBAC, "", "Role"),
        referrers: &[of(RBAC, "", &["RoleBinding"], "", &["roleRef/name"])],
    },
    Names {
        target: (RBAC, "", "ClusterRole"),
        referrers: &[of(
            RBAC,
            "",
            &["RoleBinding", "ClusterRoleBinding"],
            "",
            &["roleRef/name"],
        )],
    },
    Names {
        target: ("", "v1", "ConfigMap"),
        referrers: &[
            of("", "v1", &["Pod"], "", CONFIG_MAPS),
            rows(&["PodTemplate"], "template/", CONFIG_MAPS),
            rows(TEMPLATED, TEMPLATE, CONFIG_MAPS),
            rows(&["CronJob"], JOB, CONFIG_MAPS),
            rows(&["Node"], "", &["spec/configSource/configMap"]),
            rows(ROLES, "", &["rules/resourceNames"]),
            rows(
                &["Ingress"],
                "",
                &[r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap"],
            ),
        ],
    },
    Names {
        target: ("", "v1", "Secret"),
        referrers: &[
            of("", "v1", &["Pod"], "", SECRETS),
            rows(&["PodTemplate"], "template/", SECRETS),
            rows(TEMPLATED, TEMPLATE, SECRETS),
            rows(&["CronJob"], JOB, SECRETS),
            rows(
                &["Ingress"],
                "",
                &[
                    "spec/tls/secretName",
                    r"metadata/annotations/ingress.kubernetes.io\/auth-secret",
                    r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret",
                    r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret",
                ],
            ),
            rows(&["ServiceAccount"], "", &["imagePullSecrets/name"]),
            rows(
                &["StorageClass"],
                "parameters/",
                &[
                    "secretName",
                    "adminSecretName",
                    "userSecretName",
                    "secretRef",
                ],
            ),
            rows(ROLES, "", &["rules/resourceNames"]),
            of(
                "serving.knative.dev",
                "v1",
                &["Service"],
                TEMPLATE,
                &["spec/containers/env/valueFrom/secretKeyRef/name"],
            ),
            rows(&["PersistentVolume"], "", &["spec/azureFile/secretName"]),
        ],
    },
    Names {
        target: ("", "v1", "Service"),
        referrers: &[
            of("apps", "", &["StatefulSet"], "", &["spec/serviceName"]),
            rows(
                &["Ingress"],
                "spec/",
                &[
                    "rules/http/paths/backend/serviceName",
                    "backend/serviceName",
                    "rules/http/paths/backend/service/name",
                    "defaultBackend/service/name",
                ],
            ),
            of(
                "apiregistration.k8s.io",
                "",
                &["APIService"],
                "",
                &["spec/service/name"],
            ),
            of(
                ADMISSION,
                "",
                &[
                    "ValidatingWebhookConfiguration",
                    "MutatingWebhookConfiguration",
                ],
                "",
                &["webhooks/clientConfig/service"],
            ),
        ],
    },
    Names {
        target: ("scheduling.k8s.io", "v1", "PriorityClass"),
        referrers: &[
            rows(&["Pod"], "", PRIORITY),
            rows(CLAIMING, TEMPLATE, PRIORITY),
            rows(&["CronJob"], JOB, PRIORITY),
        ],
    },
    Names {
        target: ("", "v1", "PersistentVolume"),
        referrers: &[
            rows(&["PersistentVolumeClaim"], "", &["spec/volumeName"]),
            rows(&["ClusterRole"], "", &["rules/resourceNames"]),
        ],
    },
    Names {
        target: ("", "v1", "PersistentVolumeClaim"),
        referrers: &[
            rows(&["Pod"], "", CLAIMS),
            rows(CLAIMING, TEMPLATE, CLAIMS),
            rows(&["CronJob"], JOB, CLAIMS),
        ],
    },
    Names {
        target: ("", "", "Deployment"),
        referrers: SCALE_TARGET,
    },
    Names {
        target: ("", "", "StatefulSet"),
        referrers: SCALE_TARGET,
    },
    Names {
        target: (ADMISSION, "", "ValidatingAdmissionPolicy"),
        referrers: &[of(
            ADMISSION,
            "",
            &["ValidatingAdmissionPolicyBinding"],
            "",
            &["spec/policyName"],
        )],
    },
    // As kustomize has it: the group is none that a kind has, so this one finds nothing.
    Names {
        target: ("networking.k8s.io/v1", "v1", "IngressClass"),
        referrers: &[rows(&["Ingress"], "", &["spec/ingressClassName"])],
    },
    Names {
        target: ("", "", "ReplicaSet"),
        referrers: SCALE_TARGET,
    },
    Names {
        target: ("", "", "ReplicationController"),
        referrers: SCALE_TARGET,
    },
];

const CONTAINERS: &[&str] = &[
    "spec/containers/args",
    "spec/containers/command",
    "spec/containers/env/value",
    "spec/containers/volumeMounts/mountPath",
    "spec/initContainers/args",
    "spec/initContainers/command",
    "spec/initContainers/env/value",
    "spec/initContainers/volumeMounts/mountPath",
];
const NFS: &[&str] = &["spec/volumes/nfs/server"];

/// The fields in which vars are replaced.
pub(crate) const VARIABLES: &[Rows] = &[
    rows(&["CronJob"], JOB, CONTAINERS),
    rows(&["CronJob"], JOB, &["volumes/nfs/server"]),
    rows(TEMPLATED, TEMPLATE, CONTAINERS),
    rows(
        &["DaemonSet", "Deployment", "Job", "ReplicaSet"],
        TEMPLATE,
        NFS,
    ),
    rows(&["Deployment"], TEMPLATE, &["metadata/annotations"]),
    rows(
        &["Ingress"],
        "spec/",
        &["rules/host", "tls/hosts", "tls/secretName"],
    ),
    rows(&["Pod"], "", CONTAINERS),
    rows(&["Pod"], "", NFS),
    rows(&["Service"], "spec/ports/", &["port", "targetPort"]),
    rows(
        &["StatefulSet"],
        "",
        &["spec/volumeClaimTemplates/spec/nfs/server"],
    ),
    rows(&["PersistentVolume"], "", &["spec/nfs/server"]),
    rows(&[], "metadata/", &["labels", "annotations"]),
];

impl Rows {
    /// Whether these are fields of that kind.
    pub(crate) fn apply_to(&self, group: &str, version: &str, kind: &str) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.group.is_empty() || self.group == group)
            && (self.version.is_empty() || self.version == version)
    }
}
