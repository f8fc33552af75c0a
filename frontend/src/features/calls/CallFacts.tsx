// The facts of a call. Label, model and key are links that filter the list.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useView, useViewSearch } from '../../lib/useView';
import { type ViewFilter, withFilter } from '../../lib/view';
import { CopyButton } from '../../ui/CopyButton';
import { Instant } from '../../ui/Instant';
import classes from './CallFacts.module.css';
import type { Call } from './queries';
import receipt from './Receipt.module.css';

interface CallFactsProps {
  call: Call;
  keyName: (id: string) => string;
}

export function CallFacts({ call, keyName }: CallFactsProps) {
  const { tz } = useView();
  const served = call.served_model !== null && call.served_model !== call.model;
  return (
    <section aria-labelledby="facts-title">
      <h3 id="facts-title" className={receipt.title}>
        Details
      </h3>
      <dl className={classes.facts}>
        <Fact name="Label">
          <FilterLink filter={{ field: 'label', value: call.user_label }}>
            {call.user_label}
          </FilterLink>
        </Fact>
        <Fact name="Model">
          <FilterLink filter={{ field: 'model', value: call.model }}>{call.model}</FilterLink>
          {served && <span className={classes.more}>served by {call.served_model}</span>}
        </Fact>
        {call.route && (
          <Fact name="Route">
            {call.route.model}
            {call.route.tries.map((tried) => (
              <span key={`${tried.upstream} ${tried.model}`} className={classes.more}>
                {tryText(tried)}
              </span>
            ))}
          </Fact>
        )}
        <Fact name="Provider">
          <FilterLink filter={{ field: 'provider', value: call.provider }}>
            {call.provider}
          </FilterLink>
        </Fact>
        <Fact name="Key">
          {call.key_id === null ? (
            'The caller’s own provider key'
          ) : (
            <FilterLink filter={{ field: 'key', value: call.key_id }}>
              {call.key_name ?? keyName(call.key_id)}
            </FilterLink>
          )}
        </Fact>
        <Fact name="Endpoint">
          {call.endpoint}
          {call.stream && ', streamed'}
        </Fact>
        <Fact name="Started">
          <Instant at={call.started_at} zone={tz} />
        </Fact>
        <Fact name="Ended">
          <Instant at={call.created_at} zone={tz} />
        </Fact>
        <Fact name="HTTP status">{call.http_status ?? '–'}</Fact>
        {call.error_code !== null && <Fact name="Error">{call.error_code}</Fact>}
        {call.service_tier !== null && <Fact name="Tier">{call.service_tier}</Fact>}
        {Object.entries(call.tags ?? {}).map(([name, value]) => (
          <Fact key={name} name={`Tag ${name}`}>
            <FilterLink filter={{ field: `tag.${name}`, value }}>{value}</FilterLink>
          </Fact>
        ))}
        {call.sdk !== null && <Fact name="SDK">{call.sdk}</Fact>}
        {call.upstream_request_id !== null && (
          <Fact name="Provider request">
            <Id value={call.upstream_request_id} name="provider request id" />
          </Fact>
        )}
        <Fact name="Call">
          <Id value={call.id} name="id of the call" />
        </Fact>
      </dl>
      <CopyButton
        value={() => `${location.origin}/calls?range=all&call=${call.id}`}
        label="Copy link to this call"
        labelled
      />
    </section>
  );
}

type Try = NonNullable<Call['route']>['tries'][number];

/** `groq, llama-3.3: 429 rate_limit_exceeded`. */
const tryText = ({ upstream, model, http_status: status, error_code: error }: Try) =>
  `${upstream}, ${model}: ${[status, error].filter((part) => part !== null).join(' ')}`;

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Id({ value, name }: { value: string; name: string }) {
  return (
    <span className={classes.id}>
      <span className="mono" title={value}>
        {value}
      </span>
      <CopyButton value={value} label={`Copy ${name}`} />
    </span>
  );
}

function FilterLink({ filter, children }: { filter: ViewFilter; children: ReactNode }) {
  const viewSearch = useViewSearch();
  return (
    <Link to="/calls" search={viewSearch((view) => withFilter(view, filter))}>
      {children}
    </Link>
  );
}
