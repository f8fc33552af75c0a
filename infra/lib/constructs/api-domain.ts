/** A name of the operator's own for the API. */

import { CfnOutput } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';

export interface ApiDomainProps {
  readonly api: apigateway.RestApi;
  readonly domainName: string;
  /** Certificate in the region of the deployment. */
  readonly certificateArn: string;
  /** Zone that gets the record; undefined if the operator keeps records elsewhere. */
  readonly hostedZoneId: string | undefined;
}

export class ApiDomain extends Construct {
  constructor(scope: Construct, id: string, props: ApiDomainProps) {
    super(scope, id);
    const domain = new apigateway.DomainName(this, 'Domain', {
      domainName: props.domainName,
      certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', props.certificateArn),
      // Like the API: an edge-optimised endpoint cuts silent streams after 30 s.
      endpointType: apigateway.EndpointType.REGIONAL,
      securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
    });
    domain.addBasePathMapping(props.api, { stage: props.api.deploymentStage });

    if (props.hostedZoneId) {
      new route53.CfnRecordSet(this, 'Record', {
        hostedZoneId: props.hostedZoneId,
        name: props.domainName,
        type: 'A',
        aliasTarget: { dnsName: domain.domainNameAliasDomainName, hostedZoneId: domain.domainNameAliasHostedZoneId },
      });
    }
    new CfnOutput(this, 'Target', {
      value: domain.domainNameAliasDomainName,
      description: `Target of the CNAME record of ${props.domainName}, unless hostedZoneId is set`,
    }).overrideLogicalId('ApiDomainTarget');
  }
}
