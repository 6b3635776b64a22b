// One Ingress for each host of the application's file routes.json:
//
//   { "shop.example.com": { "/": "shop:80", "/api": "api:8080" } }
//
// The exports are the interfaces of the world `renderer-plugin` in wit/plugin.wit.

const FILE = 'routes.json';

const schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  properties: {
    ingressClass: { type: 'string', minLength: 1, description: 'The controller to use.' },
    tls: { type: 'boolean', default: false, description: 'Serve over TLS, one Secret for each host.' },
  },
};

export const about = {
  about() {
    return { summary: `Ingresses from ${FILE}`, parametersSchema: JSON.stringify(schema) };
  },
};

export const renderer = {
  render(tree, request) {
    const parameters = JSON.parse(request.parameters());
    const path = join(tree.path(), FILE);
    const routes = read(tree, path);
    const problems = [];
    const documents = Object.entries(routes).map(([host, paths]) => {
      const object = ingress(host, paths, parameters, (message) =>
        problems.push(problem('bad-route', message, path)),
      );
      return { body: { tag: 'json', val: JSON.stringify(object) }, origin: { path, line: 1 } };
    });
    // What is thrown is the error of the WIT function: a list of diagnostics.
    if (problems.length > 0) throw problems;
    return { documents, warnings: [] };
  },
};

function ingress(host, paths, parameters, refuse) {
  const spec = {
    rules: [
      {
        host,
        http: {
          paths: Object.entries(paths).map(([path, target]) => ({
            path,
            pathType: 'Prefix',
            backend: { service: service(`${host}${path}`, target, refuse) },
          })),
        },
      },
    ],
  };
  const name = host.replaceAll('.', '-').replace('*', 'any');
  if (parameters.ingressClass) spec.ingressClassName = parameters.ingressClass;
  if (parameters.tls) spec.tls = [{ hosts: [host], secretName: `${name}-tls` }];
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name }, spec };
}

function service(route, target, refuse) {
  const [, name, port] = /^([a-z0-9-]+):(\d+)$/.exec(target) ?? [];
  if (!name) refuse(`${route}: ${JSON.stringify(target)} is not of the form service:port`);
  return { name, port: { number: Number(port) } };
}

function read(tree, path) {
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(tree.read(path));
  } catch (error) {
    // The payload is the WIT variant `read-error`.
    throw [problem('unreadable', `cannot be read: ${error.payload?.tag ?? error.message}`, path)];
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw [problem('bad-json', error.message, path)];
  }
}

function problem(code, message, path) {
  return { severity: 'error', code, message, span: { path }, field: undefined, help: undefined };
}

function join(directory, name) {
  return directory === '' ? name : `${directory}/${name}`;
}
